/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_KIND_EVIDENCE_H
#define DIAGNOSIS_KIND_EVIDENCE_H

#include "diagnosis/facts_evidence.h"

/*
 * What kind of device it is, where the answer to "why not" depends on that: a VF and its PF, a
 * PF, a parent of mediated devices, a device behind VMD, an external one. Part of
 * evidence_from_facts().
 */
void kind_evidence_add(const struct device_view *view, struct evidence_set *set);

#endif
