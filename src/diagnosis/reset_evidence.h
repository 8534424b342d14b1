/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_RESET_EVIDENCE_H
#define DIAGNOSIS_RESET_EVIDENCE_H

#include "diagnosis/facts_evidence.h"

/* How the function can be reset, and whom that hits. Part of evidence_from_facts(). */
void reset_evidence_add(const struct device_view *view, struct evidence_set *set);

#endif
