/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno_name.h"
#include "diagnosis/wording.h"

#define PLACEHOLDER_SIZE 64

static const char *errno_text(const struct device_report *report, char *buffer, size_t size)
{
	const char *name = errno_name(report->err);

	if (report->err == 0)
		return "no errno";
	if (name)
		return name;
	snprintf(buffer, size, "errno %d", report->err);
	return buffer;
}

static void print_group(FILE *out, const struct device_report *report)
{
	if (report->group.state == FACT_KNOWN)
		fprintf(out, "%llu", (unsigned long long)report->group.number);
	else
		fputs("none", out);
}

/* Prints what stands for @name. Returns whether there is such a placeholder. */
static bool print_placeholder(FILE *out, const struct device_report *report, const char *name)
{
	const struct observation *observation;
	char buffer[32];
	enum evidence id;

	if (strcmp(name, "DEVICE") == 0) {
		char address[PCI_ADDRESS_SIZE];

		fputs(pci_address_format(&report->address, address), out);
	} else if (strcmp(name, "GROUP") == 0) {
		print_group(out, report);
	} else if (strcmp(name, "DRIVER") == 0) {
		fputs(report->driver.state == FACT_KNOWN ? report->driver.text : "none", out);
	} else if (strcmp(name, "STEP") == 0) {
		fputs(report->step != STEP_NONE ? step_name(report->step) : "no step", out);
	} else if (strcmp(name, "ERRNO") == 0) {
		fputs(errno_text(report, buffer, sizeof(buffer)), out);
	} else if (strcmp(name, "IOMMU") == 0) {
		observation = evidence_set_find(&report->evidence, EVIDENCE_MIXED_IOMMUS);
		fputs(observation && observation->value ? observation->value : "the IOMMU", out);
	} else {
		id = evidence_from_id(name);
		if (id == EVIDENCE_NONE)
			return false;
		observation = evidence_set_find(&report->evidence, id);
		fputs(observation && observation->value ? observation->value : "unknown", out);
	}
	return true;
}

char *wording_expand(const struct device_report *report, const char *text)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	if (!out)
		return NULL;
	while (*text) {
		const char *end = *text == '@' ? strchr(text + 1, '@') : NULL;
		size_t length = end ? (size_t)(end - text - 1) : 0;
		char name[PLACEHOLDER_SIZE];

		if (end && length > 0 && length < sizeof(name)) {
			memcpy(name, text + 1, length);
			name[length] = '\0';
			if (print_placeholder(out, report, name)) {
				text = end + 1;
				continue;
			}
		}
		fputc(*text++, out);
	}
	if (fclose(out) != 0) {
		free(result);
		return NULL;
	}
	return result;
}

int wording_fill(struct device_report *report, const struct rule *rule)
{
	const struct verdict_text *text = rules_verdict_text(report->verdict);
	const char *const *fixes = rule && rule->fixes ? rule->fixes : text->fixes;

	report->summary =
		wording_expand(report, rule && rule->summary ? rule->summary : text->summary);
	report->explanation =
		wording_expand(report, rule && rule->explain ? rule->explain : text->explain);
	if (!report->summary || !report->explanation)
		return -ENOMEM;
	/* "Nothing to do" is for those who look the verdict up. */
	if (report->verdict == VERDICT_ASSIGNABLE)
		fixes = NULL;
	for (; fixes && *fixes; fixes++) {
		char *fix = wording_expand(report, *fixes);
		int result = fix ? device_report_add_fix(report, fix) : -ENOMEM;

		free(fix);
		if (result < 0)
			return result;
	}
	return 0;
}
