/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_GROUP_EVIDENCE_H
#define DIAGNOSIS_GROUP_EVIDENCE_H

#include "diagnosis/facts_evidence.h"

/* The part of evidence_from_facts() that looks at the whole group. */
void group_evidence_add(const struct device_view *view, struct evidence_set *set);

#endif
