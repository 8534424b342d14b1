/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
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

void domain_report_conclude(struct domain_report *report)
{
	static const enum outcome order[] = {OUTCOME_FAIL, OUTCOME_UNKNOWN, OUTCOME_WARN};

	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (size_t i = 0; i < report->n_findings; i++) {
			const struct domain_finding *finding = &report->findings[i];

			if (finding->outcome != order[o])
				continue;
			report->outcome = finding->outcome;
			report->verdict = finding->outcome == OUTCOME_WARN ? VERDICT_ASSIGNABLE
									   : finding->verdict;
			report->confidence = finding->outcome == OUTCOME_WARN ? CONFIDENCE_LIKELY
									      : finding->confidence;
			return;
		}
	}
	report->outcome = OUTCOME_PASS;
	report->verdict = VERDICT_ASSIGNABLE;
	report->confidence = CONFIDENCE_LIKELY;
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
	evidence_set_release(&report->evidence);
	*report = (struct domain_report){0};
}
