/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_DOMAIN_VERDICT_H
#define DIAGNOSIS_DOMAIN_VERDICT_H

#include <stddef.h>

#include "model/domain_report.h"
#include "model/host_facts.h"

/* What a part of a domain is about: the whole, or one group and the devices taken of it. */
struct domain_scope {
	const struct host_facts *host;
	const char *iommu; /* the instance; NULL: none, or unknown */
	struct fact_number group;
	const struct pci_address *devices;
	size_t n_devices;
};

/*
 * Judges @evidence, which answers the questions of one scope and no others, by the rules of the
 * path "domain": appends what they say to @report, and the evidence, which is emptied. Returns 0
 * or -ENOMEM.
 */
int diagnose_domain(const struct domain_scope *scope, struct evidence_set *evidence,
		    struct domain_report *report);

#endif
