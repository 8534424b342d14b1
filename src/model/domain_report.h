/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_DOMAIN_REPORT_H
#define MODEL_DOMAIN_REPORT_H

#include <stddef.h>

#include "base/pci_address.h"
#include "model/evidence.h"
#include "model/guest_domain.h"
#include "model/memlock_forecast.h"
#include "model/verdict.h"

/* One thing that stands in a domain's way, or has a price. Owns what it points to. */
struct domain_finding {
	size_t order; /* of the rule: the smaller, the earlier it would be met */
	enum outcome outcome;
	enum verdict verdict;
	enum confidence confidence;
	char *summary;
	char *explanation;
	char **fixes;
	size_t n_fixes;
	struct pci_address *devices; /* whom it is about; none: the domain as a whole */
	size_t n_devices;
};

/* What `check --domain` answers beside the verdicts of the devices. */
struct domain_report {
	const struct guest_domain *guest; /* borrowed from who asked */
	enum outcome outcome;
	enum verdict verdict;
	enum confidence confidence;
	struct fact_number memory_top; /* the highest address of the guest's memory */
	struct memlock_forecast memlock;
	char **physical_functions;	 /* of each hostdev that is a virtual one, else NULL */
	struct domain_finding *findings; /* by order */
	size_t n_findings;
	struct evidence_set evidence;
};

/*
 * Appends a finding with @order and nothing else in it, at its place. Returns it, valid until the
 * next call, or NULL without memory.
 */
struct domain_finding *domain_report_add(struct domain_report *report, size_t order);

/* Appends @device. Returns 0 or -ENOMEM. */
int domain_finding_add_device(struct domain_finding *finding, const struct pci_address *device);

/* Takes over what a finding or a device says, if it is worse than what the report says so far. */
void domain_report_conclude(struct domain_report *report, enum outcome outcome,
			    enum verdict verdict, enum confidence confidence);

/* Frees what the report owns and zeroes it. */
void domain_report_release(struct domain_report *report);

#endif
