/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_WORDING_H
#define DIAGNOSIS_WORDING_H

#include "model/check_report.h"
#include "rules/rules.h"

/*
 * Fills summary, explanation and fixes of @report, whose verdict, step, errno and evidence are
 * set: the rule's texts where it has its own, else the verdict's. @rule may be NULL. In them
 * @DEVICE@, @GROUP@, @DRIVER@, @STEP@, @ERRNO@, @IOMMU@ and the id of an evidence between two
 * @ are replaced. Returns 0 or -ENOMEM.
 */
int wording_fill(struct device_report *report, const struct rule *rule);

/* One text with its placeholders replaced, as a new string; NULL where memory is short. */
char *wording_expand(const struct device_report *report, const char *text);

#endif
