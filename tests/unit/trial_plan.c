/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is planned is what is done, and nothing is planned for what is not known. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../fake/trial_log.h"
#include "base/cleanup.h"
#include "check.h"

static char folder[256];

static struct pci_device known_device(void)
{
	return (struct pci_device){
		.address = {.bus = 1},
		.vendor = {FACT_KNOWN, 0x8086},
		.device = {FACT_KNOWN, 0x10d3},
		.driver = {FACT_KNOWN, (char *)"e1000e"},
		.driver_override = {FACT_ABSENT, NULL},
	};
}

static void copies(void)
{
	struct pci_device device = known_device();
	struct trial_device trial;
	struct trial_plan plan = {.n_devices = 1, .devices = malloc(sizeof(*plan.devices))};

	CHECK_INT(trial_device_init(&trial, &device, "vfio_pci", "vfio-pci"), 0);
	CHECK_STR(trial.driver, "e1000e");
	CHECK_STR(trial.driver_override, NULL);
	CHECK_STR(trial.power_control, NULL);
	CHECK_STR(trial.module, "vfio_pci");
	CHECK_STR(trial.trial_driver, "vfio-pci");
	CHECK_INT(trial.vendor, 0x8086);
	CHECK_INT(trial.device, 0x10d3);
	CHECK(trial.moves);
	plan.devices[0] = trial;
	trial_plan_release(&plan);
	CHECK_INT(plan.n_devices, 0);
}

static bool moves(const char *driver)
{
	struct pci_device device = known_device();
	struct trial_plan plan = {.n_devices = 1, .devices = malloc(sizeof(*plan.devices))};
	bool answer;

	device.driver.text = (char *)driver;
	device.driver.state = driver ? FACT_KNOWN : FACT_ABSENT;
	CHECK_INT(trial_device_init(&plan.devices[0], &device, NULL, "vfio-pci"), 0);
	answer = plan.devices[0].moves;
	trial_plan_release(&plan);
	return answer;
}

/* Unknown is not unbound: putting back would unbind. */
static void unknown_is_refused(void)
{
	struct pci_device device = known_device();
	struct trial_device trial;

	device.driver = (struct fact_text){FACT_UNKNOWN, NULL};
	CHECK_INT(trial_device_init(&trial, &device, NULL, "vfio-pci"), -ENODATA);
	device = known_device();
	device.driver_override.state = FACT_UNKNOWN;
	CHECK_INT(trial_device_init(&trial, &device, NULL, "vfio-pci"), -ENODATA);
	device = known_device();
	device.vendor.state = FACT_UNKNOWN;
	CHECK_INT(trial_device_init(&trial, &device, NULL, "vfio-pci"), -ENODATA);
	device = known_device();
	device.device.state = FACT_ABSENT;
	CHECK_INT(trial_device_init(&trial, &device, NULL, "vfio-pci"), -ENODATA);
	CHECK_STR(trial.driver, NULL);
}

/* The second word of each line of a printed plan. */
static size_t printed_steps(const struct trial_plan *plan, enum step *ret, size_t room)
{
	AUTO_FREE char *text = NULL;
	size_t size, count = 0;
	FILE *out = open_memstream(&text, &size);
	char *cursor, *line;

	trial_plan_print(plan, out);
	fclose(out);
	cursor = text;
	while ((line = strsep(&cursor, "\n"))) {
		char name[64];
		const char *word = strstr(line, line[0] == 'g' ? "  " : " ");

		if (!*line)
			continue;
		CHECK(word && sscanf(word, "%63s", name) == 1);
		CHECK(step_from_name(name) != STEP_NONE);
		CHECK(strchr(line, '(') != NULL);
		if (count < room)
			ret[count++] = step_from_name(name);
	}
	return count;
}

static int compare_steps(const void *a, const void *b)
{
	return (int)*(const enum step *)a - (int)*(const enum step *)b;
}

/* --dry-run prints the very steps that a trial without a fault takes. */
static void printed_is_done(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {.driver = "vfio-pci"};
	struct trial_plan plan;
	enum step planned[64];
	size_t count;

	for (int opens = 0; opens < 2; opens++) {
		fake_kernel_init(&kernel, folder);
		fake_kernel_add_module(&kernel, "vfio_pci", "vfio-pci", false);
		fake_kernel_add_module(&kernel, "vfio_iommu_type1", NULL, true);
		fake_kernel_add_device(&kernel, 1, 12, "e1000e", NULL);
		fake_kernel_add_device(&kernel, 2, 12, NULL, "pci-stub");
		fake_kernel_add_device(&kernel, 3, 12, "vfio-pci", "vfio-pci");
		fake_kernel_plan(&kernel, "vfio_pci", &plan);
		plan.opens_devices = opens;
		count = printed_steps(&plan, planned, ARRAY_LENGTH(planned));
		CHECK_INT(kernel.operations, 0);
		CHECK_INT(trial_log_run(&log, &kernel, &plan), 0);
		CHECK(log.devices[0].completed && log.devices[1].completed);
		CHECK_INT(count, log.n_order);
		/* The loads come first in a trial and with their device in print. */
		qsort(planned, count, sizeof(planned[0]), compare_steps);
		qsort(log.order, log.n_order, sizeof(log.order[0]), compare_steps);
		CHECK(count == log.n_order &&
		      memcmp(planned, log.order, count * sizeof(planned[0])) == 0);
		trial_plan_release(&plan);
	}
}

int main(void)
{
	if (!fake_folder_make(folder))
		return 99;
	copies();
	CHECK(moves(NULL));
	CHECK(moves("pci-stub"));
	CHECK(moves("nvme"));
	CHECK(!moves("vfio-pci"));
	CHECK(!moves("mlx5_vfio_pci"));
	CHECK(!moves("hisi-acc-vfio-pci"));
	unknown_is_refused();
	printed_is_done();
	fake_folder_remove(folder);
	return check_result();
}
