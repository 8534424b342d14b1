/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_TRANSLATION_EVIDENCE_H
#define DIAGNOSIS_TRANSLATION_EVIDENCE_H

#include "diagnosis/facts_evidence.h"

/*
 * What firmware of machines other than PCs says about the way of the function's DMA: whether a
 * device tree connects it to an IOMMU, and whether that IOMMU is coherent with the caches (device
 * tree or IORT). Part of evidence_from_facts().
 */
void translation_evidence_add(const struct device_view *view, struct evidence_set *set);

#endif
