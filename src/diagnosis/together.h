/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_TOGETHER_H
#define DIAGNOSIS_TOGETHER_H

#include "diagnosis/facts_evidence.h"
#include "model/check_report.h"

/*
 * Judges whether devices can share IOMMU domains. Each returns 0 or -ENOMEM; texts are new
 * strings of the pair or report.
 */

/* @pair was not measured; why. */
int diagnose_pair_unmeasured(struct domain_pair *pair, const char *why);

/* The pair is in one domain; why. */
int diagnose_pair_shared(struct domain_pair *pair, enum confidence confidence, const char *why);

/*
 * The device pair->b, seen by @view, was put into another domain than pair->a by the joint walk
 * @attempt: what that means, by the refusal that the walk has noted.
 */
int diagnose_pair_apart(const struct device_view *view, const struct attempt *attempt,
			struct domain_pair *pair);

/*
 * By facts alone: pair->a seen by @other, pair->b by @view; whether their IOMMUs show the same
 * capabilities is @capabilities.
 */
int diagnose_pair_passive(const struct device_view *other, const struct device_view *view,
			  enum truth capabilities, struct domain_pair *pair);

/*
 * A step of the joint walk @attempt failed for the device of @alone, which passed its own trial:
 * judges it by the same rules, and fills @report with what came out.
 */
int diagnose_joint_failure(const struct device_view *view, const struct device_report *alone,
			   struct attempt *attempt, struct together_report *report);

/* Fills the rest of @report from its pairs, and from `domains` where that is known. */
int diagnose_together(struct together_report *report);

#endif
