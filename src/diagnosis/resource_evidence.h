/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_RESOURCE_EVIDENCE_H
#define DIAGNOSIS_RESOURCE_EVIDENCE_H

#include "diagnosis/facts_evidence.h"

/* Power, BARs and the framebuffer of firmware. Part of evidence_from_facts(). */
void resource_evidence_add(const struct device_view *view, struct evidence_set *set);

#endif
