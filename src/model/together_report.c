/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "model/together_report.h"

void together_report_release(struct together_report *report)
{
	for (size_t i = 0; i < report->n_pairs; i++)
		free(report->pairs[i].why);
	free(report->pairs);
	for (size_t i = 0; i < report->n_attempts; i++)
		attempt_release(&report->attempts[i].attempt);
	free(report->attempts);
	for (size_t i = 0; i < report->n_fixes; i++)
		free(report->fixes[i]);
	free(report->fixes);
	free(report->summary);
	free(report->explanation);
	*report = (struct together_report){0};
}
