/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_DEVICE_EVIDENCE_H
#define DIAGNOSIS_DEVICE_EVIDENCE_H

#include "diagnosis/facts_evidence.h"

/* The part of evidence_from_facts() about the function itself and the driver that it would get. */
void device_evidence_add(const struct device_view *view, struct evidence_set *set);

#endif
