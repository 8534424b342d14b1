/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of `check`: every field of the contract, null for what is unknown. */
#include <errno.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "report/check_writer.h"
#include "tests/unit/check.h"

static const char *const device_fields[] = {
	"address",  "iommu_group",  "driver",	"outcome", "verdict",	  "confidence",
	"path",	    "step",	    "errno",	"summary", "explanation", "fix",
	"evidence", "alternatives", "warnings", "in_use",  "attempts",	  "restored",
};

#define N_FIELDS (sizeof(device_fields) / sizeof(device_fields[0]))

/* A device of which everything is known that can be. */
static void fill_device(struct device_report *device)
{
	device->address = (struct pci_address){0, 1, 0, 0};
	device->group = (struct fact_number){FACT_KNOWN, 12};
	device->driver = (struct fact_text){FACT_KNOWN, strdup("nvme")};
	device->outcome = OUTCOME_FAIL;
	device->verdict = VERDICT_FIRMWARE_RESERVED_MEMORY;
	device->confidence = CONFIDENCE_CERTAIN;
	device->path = PATH_TYPE1;
	device->step = STEP_GROUP_SET_CONTAINER;
	const struct attempt_step opened = {STEP_CONTAINER_OPEN, 0, 12, true, false};
	const struct attempt_step refused = {STEP_GROUP_SET_CONTAINER, EINVAL, 1200, true, false};

	device->err = EINVAL;
	device->summary = strdup("one line");
	device->explanation = strdup("what it means");
	device_report_add_fix(device, "turn it off");
	device_report_add_fix(device, "move the card");
	evidence_set_add(&device->evidence, EVIDENCE_DIRECT_REGION, TRUTH_YES, SOURCE_SYSFS,
			 "/sys/kernel/iommu_groups/12/reserved_regions", "0x1 0x2 direct");
	evidence_set_add(&device->evidence, EVIDENCE_NONE, TRUTH_UNKNOWN, SOURCE_JOURNAL,
			 "/dev/kmsg", NULL);
	device_report_add_alternative(device, VERDICT_OUT_OF_MEMORY, CONFIDENCE_POSSIBLE, "low");
	device_report_add_warning(device, VERDICT_RESET_UNSUPPORTED, "no reset");
	in_use_list_add(&device->in_use, IN_USE_MOUNTED, "/dev/nvme0n1p1 on /srv\033",
			"/proc/self/mountinfo");
	device->attempts = calloc(1, sizeof(*device->attempts));
	device->n_attempts = 1;
	device->attempts[0].path = PATH_TYPE1;
	attempt_add_step(&device->attempts[0], &opened);
	attempt_add_step(&device->attempts[0], &refused);
	device->restored = TRUTH_YES;
}

static struct check_report two_devices(void)
{
	struct check_report report = {
		.kernel = strdup("6.12.1"),
		.devices = calloc(2, sizeof(*report.devices)),
		.n_devices = 2,
	};

	fill_device(&report.devices[0]);
	/* Nothing at all is known of the second one. */
	report.devices[1].address = (struct pci_address){0x10000, 2, 3, 4};
	report.devices[1].verdict = VERDICT_NOT_MEASURED;
	report.devices[1].confidence = CONFIDENCE_POSSIBLE;
	return report;
}

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value))
		fprintf(stderr, "no field %s\n", key);
	return value;
}

static const char *text(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key);

	return value ? json_object_get_string(value) : NULL;
}

static struct json_object *parse_written(enum json_form form, const struct check_report *report)
{
	struct json_object *document;
	char *buffer = NULL;
	size_t size;
	FILE *file = open_memstream(&buffer, &size);

	CHECK_INT(check_write_json(file, form, report), 0);
	fclose(file);
	document = json_tokener_parse(buffer);
	CHECK(document != NULL);
	CHECK((strchr(buffer, '\n') == buffer + size - 1) == (form == JSON_SHORT));
	free(buffer);
	return document;
}

static struct json_object *write_and_parse(enum json_form form)
{
	struct check_report report = two_devices();
	struct json_object *document = parse_written(form, &report);

	check_report_release(&report);
	return document;
}

static void test_known_device(struct json_object *device)
{
	struct json_object *evidence = get(device, "evidence"), *attempt, *steps;

	CHECK_STR(text(device, "address"), "0000:01:00.0");
	CHECK_INT(json_object_get_int(get(device, "iommu_group")), 12);
	CHECK_STR(text(device, "driver"), "nvme");
	CHECK_STR(text(device, "outcome"), "fail");
	CHECK_STR(text(device, "verdict"), "firmware-reserved-memory");
	CHECK_STR(text(device, "confidence"), "certain");
	CHECK_STR(text(device, "path"), "type1");
	CHECK_STR(text(device, "step"), "group.set_container");
	CHECK_STR(text(device, "errno"), "EINVAL");
	CHECK_INT(json_object_array_length(get(device, "fix")), 2);
	CHECK_INT(json_object_array_length(evidence), 2);
	CHECK_STR(text(json_object_array_get_idx(evidence, 0), "source"), "sysfs");
	CHECK_STR(text(json_object_array_get_idx(evidence, 0), "value"), "0x1 0x2 direct");
	CHECK(get(json_object_array_get_idx(evidence, 1), "value") == NULL);
	CHECK_STR(text(json_object_array_get_idx(get(device, "alternatives"), 0), "verdict"),
		  "out-of-memory");
	CHECK_STR(text(json_object_array_get_idx(get(device, "warnings"), 0), "why"), "no reset");
	CHECK_STR(text(json_object_array_get_idx(get(device, "in_use"), 0), "id"), "mounted");
	attempt = json_object_array_get_idx(get(device, "attempts"), 0);
	CHECK_STR(text(attempt, "verdict"), "firmware-reserved-memory");
	steps = get(attempt, "steps");
	CHECK(get(json_object_array_get_idx(steps, 0), "errno") == NULL);
	CHECK_STR(text(json_object_array_get_idx(steps, 1), "errno"), "EINVAL");
	CHECK_INT(json_object_get_int(get(json_object_array_get_idx(steps, 1), "usec")), 1200);
	CHECK(json_object_get_boolean(get(device, "restored")));
}

static void test_unknown_device(struct json_object *device)
{
	static const char *const null_fields[] = {
		"iommu_group", "driver", "step", "errno", "summary", "explanation", "restored",
	};
	static const char *const empty_fields[] = {
		"fix", "evidence", "alternatives", "warnings", "in_use", "attempts",
	};

	CHECK_STR(text(device, "address"), "10000:02:03.4");
	CHECK_STR(text(device, "outcome"), "unknown");
	CHECK_STR(text(device, "path"), "passive");
	for (size_t i = 0; i < sizeof(null_fields) / sizeof(null_fields[0]); i++)
		CHECK(get(device, null_fields[i]) == NULL);
	for (size_t i = 0; i < sizeof(empty_fields) / sizeof(empty_fields[0]); i++)
		CHECK_INT(json_object_array_length(get(device, empty_fields[i])), 0);
}

static void test_json(enum json_form form)
{
	struct json_object *document = write_and_parse(form);
	struct json_object *devices = get(document, "devices");

	CHECK_INT(json_object_get_int(get(document, "format")), 1);
	CHECK_STR(text(document, "kernel"), "6.12.1");
	CHECK(json_object_object_get_ex(document, "together", NULL));
	CHECK(get(document, "together") == NULL);
	CHECK_INT(json_object_array_length(devices), 2);
	for (size_t d = 0; d < 2; d++)
		for (size_t i = 0; i < N_FIELDS; i++)
			CHECK(json_object_object_get_ex(json_object_array_get_idx(devices, d),
							device_fields[i], NULL));
	test_known_device(json_object_array_get_idx(devices, 0));
	test_unknown_device(json_object_array_get_idx(devices, 1));
	json_object_put(document);
}

static char *write_text(struct text_out out, const struct check_report *report)
{
	char *buffer = NULL;
	size_t size;

	out.file = open_memstream(&buffer, &size);
	out.width = 80;
	check_write_text(&out, report);
	fclose(out.file);
	return buffer;
}

static void test_text(void)
{
	struct check_report report = two_devices();
	char *text_of = write_text((struct text_out){0}, &report);

	CHECK(strstr(text_of, "0000:01:00.0  FAIL  firmware-reserved-memory (certain)  "
			      "at group.set_container: EINVAL\n") == text_of);
	CHECK(strstr(text_of, "    1. turn it off\n    2. move the card\n") != NULL);
	CHECK(strstr(text_of, "journal: /dev/kmsg: unknown\n") != NULL);
	CHECK(strstr(text_of, "/dev/nvme0n1p1 on /srv\\x1b") != NULL);
	CHECK(strstr(text_of, "1200 us") == NULL);
	CHECK(strstr(text_of, "2 devices: 0 pass, 0 warn, 1 fail, 0 refused, 1 unknown\n"));
	CHECK(strchr(text_of, '\033') == NULL);
	free(text_of);

	text_of = write_text((struct text_out){.verbose = true, .colour = true}, &report);
	CHECK(strstr(text_of, "1200 us") != NULL);
	CHECK(strstr(text_of, "\033[1;31mFAIL\033[0m") != NULL);
	CHECK(strstr(text_of, "Put back: yes") != NULL);
	free(text_of);

	text_of = write_text((struct text_out){.quiet = true}, &report);
	CHECK_STR(text_of, "0000:01:00.0  FAIL  firmware-reserved-memory (certain)  "
			   "at group.set_container: EINVAL\n"
			   "10000:02:03.4  UNKNOWN  not-measured (possible)\n");
	free(text_of);
	check_report_release(&report);
}

/* A device that is not as it was is said so however little was asked for. */
static void test_not_put_back(void)
{
	struct check_report report = two_devices();
	char *text_of;

	report.devices[0].restored = TRUTH_NO;
	report.devices[0].restore_detail = strdup("bound to vfio-pci, was nvme");
	text_of = write_text((struct text_out){.quiet = true}, &report);
	CHECK(strstr(text_of, "NOT PUT BACK") != NULL);
	CHECK(strstr(text_of, "bound to vfio-pci, was nvme") != NULL);
	CHECK(strstr(text_of, "iommu-diag restore") != NULL);
	free(text_of);
	check_report_release(&report);
}

static void add_together(struct check_report *report)
{
	struct together_report *together = &report->together;

	*together = (struct together_report){
		.asked = true,
		.outcome = OUTCOME_WARN,
		.verdict = VERDICT_DOMAIN_INCOMPATIBLE,
		.confidence = CONFIDENCE_CERTAIN,
		.path = PATH_IOMMUFD,
		.summary = strdup("two of them"),
		.explanation = strdup("it costs"),
		.domains = 2,
		.pairs = calloc(1, sizeof(*together->pairs)),
		.n_pairs = 1,
		.attempts = calloc(1, sizeof(*together->attempts)),
		.n_attempts = 1,
	};
	together->pairs[0] = (struct domain_pair){
		.a = report->devices[0].address,
		.b = report->devices[1].address,
		.verdict = VERDICT_DOMAIN_INCOMPATIBLE,
		.confidence = CONFIDENCE_CERTAIN,
		.why = strdup("refused"),
	};
	together->attempts[0].address = report->devices[1].address;
	together->attempts[0].attempt.path = PATH_IOMMUFD;
	together->attempts[0].attempt.domain = 2;
}

static void test_together(void)
{
	struct json_object *document, *together, *pair;
	struct check_report report = two_devices();
	const struct guest_domain guest = {0};
	char *text_of;

	document = write_and_parse(JSON_SHORT);
	CHECK(get(document, "together") == NULL);
	json_object_put(document);

	add_together(&report);
	document = parse_written(JSON_SHORT, &report);
	together = get(document, "together");
	CHECK_STR(text(together, "outcome"), "warn");
	CHECK_STR(text(together, "verdict"), "domain-incompatible");
	CHECK_STR(text(together, "path"), "iommufd");
	CHECK(get(together, "step") == NULL && get(together, "errno") == NULL);
	CHECK_INT(json_object_get_int(get(together, "domains")), 2);
	pair = json_object_array_get_idx(get(together, "pairs"), 0);
	CHECK_STR(text(pair, "a"), "0000:01:00.0");
	CHECK_STR(text(pair, "b"), "10000:02:03.4");
	CHECK_STR(text(pair, "verdict"), "domain-incompatible");
	CHECK_INT(json_object_get_int(
			  get(json_object_array_get_idx(get(together, "attempts"), 0), "domain")),
		  2);
	json_object_put(document);

	text_of = write_text((struct text_out){.width = 80}, &report);
	CHECK(strstr(text_of, "together  WARN  domain-incompatible (certain)  IOMMU domains: 2\n"));
	CHECK(strstr(text_of, "0000:01:00.0 and 10000:02:03.4: domain-incompatible (certain): "));
	free(text_of);
	/* Worse outweighs it: the first device fails. */
	CHECK_INT(check_report_exit_status(&report), 1);
	report.devices[0].outcome = report.devices[1].outcome = OUTCOME_PASS;
	CHECK_INT(check_report_exit_status(&report), 3);
	report.together.outcome = OUTCOME_UNKNOWN;
	CHECK_INT(check_report_exit_status(&report), 4);
	report.domain.guest = &guest;
	CHECK_INT(check_report_exit_status(&report), 4);
	report.domain.outcome = OUTCOME_PASS;
	CHECK_INT(check_report_exit_status(&report), 0);
	check_report_release(&report);
}

int main(void)
{
	test_together();
	test_json(JSON_SHORT);
	test_json(JSON_PRETTY);
	test_text();
	test_not_put_back();
	return check_result();
}
