/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_LOG_EVIDENCE_H
#define DIAGNOSIS_LOG_EVIDENCE_H

#include <stdbool.h>

#include "diagnosis/facts_evidence.h"

/*
 * Turns one kernel log line into evidence, by the log signatures of the rules. A line that
 * names PCI devices counts only if one of them is of the device's group; the two that decide
 * most name none. Appends to *ret.
 */
void log_evidence_add_line(const struct device_view *view, const char *line,
			   struct evidence_set *ret);

/*
 * The same for a line from any time since boot: only what boot says of the IOMMU counts, since
 * the device's own lines may be of another day.
 */
void log_evidence_add_boot_line(const char *line, struct evidence_set *ret);

/*
 * Once all lines were added: what was not seen in a complete log is known not to be there, and
 * stays unknown otherwise.
 */
void log_evidence_close(struct evidence_set *ret, bool complete);

#endif
