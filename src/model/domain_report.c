/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/domain_report.h"

struct domain_finding *domain_report_add(struct domain_report *report, size_t order)
{
	struct domain_finding *grown =
		reallocarray(report->findings, report->n_findings + 1, sizeof(*grown));
	size_t at = report->n_findings;

	if (!grown)
		return NULL;
	report->findings = grown;
	while (at > 0 && grown[at - 1].order > order)
		at--;
	memmove(&grown[at + 1], &grown[at], (report->n_findings - at) * sizeof(*grown));
	report->n_findings++;
	grown[at] = (struct domain_finding){.order = order};
	return &grown[at];
}

int domain_finding_add_device(struct domain_finding *finding, const struct pci_address *device)
{
	struct pci_address *grown =
		reallocarray(finding->devices, finding->n_devices + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	finding->devices = grown;
	grown[finding->n_devices++] = *device;
	return 0;
}

/* What stops a start outweighs what is not known, and that what only has a price. */
static int weight(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_FAIL:
		return 3;
	case OUTCOME_UNKNOWN:
	case OUTCOME_REFUSED:
		return 2;
	case OUTCOME_WARN:
		return 1;
	case OUTCOME_PASS:
		return 0;
	}
	return 2;
}

void domain_report_conclude(struct domain_report *report, enum outcome outcome,
			    enum verdict verdict, enum confidence confidence)
{
	/* Of what has a price the verdict stays "assignable". */
	bool price = outcome == OUTCOME_WARN;

	if (weight(outcome) <= weight(report->outcome))
		return;
	report->outcome = outcome;
	report->verdict = price ? VERDICT_ASSIGNABLE : verdict;
	report->confidence = price ? CONFIDENCE_LIKELY : confidence;
}

void domain_report_release(struct domain_report *report)
{
	for (size_t i = 0; i < report->n_findings; i++) {
		struct domain_finding *finding = &report->findings[i];

		free(finding->summary);
		free(finding->explanation);
		for (size_t f = 0; f < finding->n_fixes; f++)
			free(finding->fixes[f]);
		free(finding->fixes);
		free(finding->devices);
	}
	free(report->findings);
	for (size_t i = 0; report->physical_functions && i < report->guest->n_hostdevs; i++)
		free(report->physical_functions[i]);
	free(report->physical_functions);
	evidence_set_release(&report->evidence);
	*report = (struct domain_report){0};
}
