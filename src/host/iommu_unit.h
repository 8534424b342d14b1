/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_IOMMU_UNIT_H
#define HOST_IOMMU_UNIT_H

#include "host/root.h"
#include "model/host_facts.h"

enum iommu_unit_kind {
	IOMMU_UNIT_OTHER,
	IOMMU_UNIT_INTEL,
	IOMMU_UNIT_AMD,
};

/* What one entry of /sys/class/iommu says of itself. */
struct iommu_unit {
	char name[64];
	enum iommu_unit_kind kind;
	struct fact_number address_width;   /* bits of a guest's addresses that it translates */
	struct fact_number domain_ids;	    /* how many it has */
	struct fact_number domain_ids_used; /* by the kernel's counter; it changed its meaning */
	enum truth interrupt_remapping;	    /* it is able to */
	enum truth snoop_control;	    /* it can make DMA coherent */
	enum truth emulated;		    /* caching mode: the IOMMU of a virtual machine */
};

/*
 * Reads the unit @name: the capability registers in intel-iommu/ (VT-d 4.1, 11.4.2 and 11.4.3) as
 * the driver shows them, and host_iommu_width(); everything else is unknown. Never fails.
 */
struct iommu_unit host_iommu_unit_read(const struct host_root *root, const char *name);

#endif
