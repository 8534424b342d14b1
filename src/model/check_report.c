/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/check_report.h"

#define EXIT_ASSIGNABLE 0
#define EXIT_NOT_ASSIGNABLE 1
#define EXIT_WARNINGS 3
#define EXIT_NOT_MEASURED 4

static int outcome_exit_status(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_PASS:
		return EXIT_ASSIGNABLE;
	case OUTCOME_WARN:
		return EXIT_WARNINGS;
	case OUTCOME_FAIL:
		return EXIT_NOT_ASSIGNABLE;
	case OUTCOME_UNKNOWN:
	case OUTCOME_REFUSED:
		return EXIT_NOT_MEASURED;
	}
	return EXIT_NOT_MEASURED;
}

/* Who asked about a guest has an answer, even where its IOMMU domains were not measured. */
static bool together_counts(const struct check_report *report)
{
	return report->together.asked &&
	       !(report->domain.guest && report->together.outcome == OUTCOME_UNKNOWN);
}

int check_report_exit_status(const struct check_report *report)
{
	static const int order[] = {EXIT_NOT_ASSIGNABLE, EXIT_NOT_MEASURED, EXIT_WARNINGS};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		for (size_t d = 0; d < report->n_devices; d++)
			if (outcome_exit_status(report->devices[d].outcome) == order[i])
				return order[i];
		if (report->domain.guest && outcome_exit_status(report->domain.outcome) == order[i])
			return order[i];
		if (together_counts(report) &&
		    outcome_exit_status(report->together.outcome) == order[i])
			return order[i];
	}
	return EXIT_ASSIGNABLE;
}

int device_report_add_fix(struct device_report *device, const char *fix)
{
	char **grown = reallocarray(device->fixes, device->n_fixes + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	device->fixes = grown;
	grown[device->n_fixes] = strdup(fix);
	if (!grown[device->n_fixes])
		return -ENOMEM;
	device->n_fixes++;
	return 0;
}

int device_report_add_alternative(struct device_report *device, enum verdict verdict,
				  enum confidence confidence, const char *why)
{
	struct alternative *grown =
		reallocarray(device->alternatives, device->n_alternatives + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	device->alternatives = grown;
	grown[device->n_alternatives] = (struct alternative){verdict, confidence, strdup(why)};
	if (!grown[device->n_alternatives].why)
		return -ENOMEM;
	device->n_alternatives++;
	return 0;
}

int device_report_add_warning(struct device_report *device, enum verdict verdict, const char *why)
{
	struct warning *grown =
		reallocarray(device->warnings, device->n_warnings + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	device->warnings = grown;
	grown[device->n_warnings] = (struct warning){verdict, strdup(why)};
	if (!grown[device->n_warnings].why)
		return -ENOMEM;
	device->n_warnings++;
	return 0;
}

void device_report_release(struct device_report *device)
{
	fact_text_release(&device->driver);
	free(device->summary);
	free(device->explanation);
	free(device->restore_detail);
	free(device->note);
	for (size_t i = 0; i < device->n_fixes; i++)
		free(device->fixes[i]);
	free(device->fixes);
	evidence_set_release(&device->evidence);
	for (size_t i = 0; i < device->n_alternatives; i++)
		free(device->alternatives[i].why);
	free(device->alternatives);
	for (size_t i = 0; i < device->n_warnings; i++)
		free(device->warnings[i].why);
	free(device->warnings);
	in_use_list_release(&device->in_use);
	for (size_t i = 0; i < device->n_group_in_use; i++)
		in_use_list_release(&device->group_in_use[i].in_use);
	free(device->group_in_use);
	for (size_t i = 0; i < device->n_attempts; i++)
		attempt_release(&device->attempts[i]);
	free(device->attempts);
	*device = (struct device_report){0};
}

void check_report_release(struct check_report *report)
{
	for (size_t i = 0; i < report->n_devices; i++)
		device_report_release(&report->devices[i]);
	free(report->devices);
	domain_report_release(&report->domain);
	together_report_release(&report->together);
	free(report->kernel);
	*report = (struct check_report){0};
}
