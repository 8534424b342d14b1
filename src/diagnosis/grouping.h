/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_GROUPING_H
#define DIAGNOSIS_GROUPING_H

#include "model/pci_topology.h"

/* Why a function came into the group that it is in. */
enum grouping_reason {
	GROUPING_UNKNOWN,   /* a fact that decides is missing */
	GROUPING_NONE,	    /* it is in no group */
	GROUPING_OWN,	    /* nothing makes it share: a group was made for it */
	GROUPING_OWNER,	    /* another function stands for it towards the IOMMU (VMD) */
	GROUPING_REQUESTER, /* a bridge puts its own requester ID on what it sends */
	GROUPING_PATH,	    /* a port above it does not isolate */
	GROUPING_ALIAS,	    /* by a quirk one function uses another's requester ID */
	GROUPING_FUNCTION,  /* functions of one device, not isolated from each other */
};

struct grouping_step {
	enum grouping_reason reason;
	int group;    /* index of the function for which the group was made; -1: unknown or none */
	int with;     /* the function whose group it joined; -1 */
	int obstacle; /* the port or function that does not isolate; -1 */
};

/* What the topology alone says about every function, in the order of its nodes. */
struct grouping {
	struct grouping_step *steps;
	size_t n_steps;
};

/*
 * Does what pci_device_group() does (drivers/iommu/iommu.c; the same in 6.1, 6.12 and 7.3) for
 * every function that the kernel has put into some group, in the order in which the kernel meets
 * them: bridges before what is below. @amd_iommu: see acs_quirk(). Returns 0 or -ENOMEM; the
 * caller releases *ret.
 */
int grouping_predict(const struct pci_topology *topology, bool amd_iommu, struct grouping *ret);
void grouping_release(struct grouping *grouping);

/*
 * Whether the members of the kernel's group @number are those that the topology predicts;
 * unknown where a step is.
 */
enum truth grouping_matches(const struct pci_topology *topology, const struct grouping *grouping,
			    uint64_t number);

/*
 * Whether @node keeps what passes it, or its functions, apart from each other (pci_acs_enabled()
 * with REQ_ACS_FLAGS).
 */
enum truth grouping_isolates(const struct pci_node *node, bool amd_iommu);

/* What of ACS_REQUIRED @node could do and does not; 0 where it has no ACS capability. */
uint16_t grouping_missing_acs(const struct pci_node *node);

#endif
