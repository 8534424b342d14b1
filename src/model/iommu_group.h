/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_IOMMU_GROUP_H
#define MODEL_IOMMU_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pci_address.h"
#include "model/truth.h"

/* A line of reserved_regions (Documentation/ABI/testing/sysfs-kernel-iommu_groups). */
struct reserved_region {
	uint64_t first;
	uint64_t last; /* inclusive */
	char type[20]; /* direct, direct-relaxable, reserved, msi */
};

struct iommu_group {
	int number;
	struct pci_address *members; /* sorted; PCI functions only */
	size_t n_members;
	size_t n_other_members; /* members that are no PCI functions */
	struct reserved_region *regions;
	size_t n_regions;
	enum fact_state regions_state;
	struct fact_text type; /* the default domain's type, not the current one */
	enum truth noiommu;
	enum truth node;	 /* /sys/class/vfio/N exists */
	enum truth node_visible; /* /dev/vfio/N exists */
};

/* Frees what the group owns and zeroes it. */
void iommu_group_release(struct iommu_group *group);

/* Whether a region of type "direct" is listed; unknown where the file could not be read. */
enum truth iommu_group_has_direct_region(const struct iommu_group *group);

#endif
