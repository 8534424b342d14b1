/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_DOMAIN_PART_H
#define DIAGNOSIS_DOMAIN_PART_H

/* What the questions about a domain and those about its groups share: private to diagnosis/. */

#include <stdbool.h>

#include "diagnosis/domain_evidence.h"

/* Whether any device is opened through VFIO at all, so that the guest's memory is mapped. */
static inline bool domain_maps_memory(const struct domain_view *view)
{
	return view->memlock->spaces > 0;
}

/*
 * QEMU's intel-iommu translates 39 bits unless told otherwise (VTD_HOST_ADDRESS_WIDTH). The other
 * models are as wide as they need to be.
 */
static inline struct fact_number domain_iommu_width(const struct guest_iommu *iommu)
{
	if (iommu->model != GUEST_IOMMU_INTEL)
		return (struct fact_number){FACT_ABSENT, 0};
	return iommu->width.state == FACT_KNOWN ? iommu->width
						: (struct fact_number){FACT_KNOWN, 39};
}

/* The first address that @bits do not reach; saturated. */
static inline uint64_t first_beyond(uint64_t bits)
{
	return bits < 64 ? UINT64_C(1) << bits : UINT64_MAX;
}

/* Whether VFIO devices are behind the guest's IOMMU. */
static inline bool domain_confines(const struct domain_view *view)
{
	return domain_maps_memory(view) && view->guest->iommu.model != GUEST_IOMMU_NONE;
}

#endif
