/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_CAPACITY_H
#define HOST_CAPACITY_H

#include "host/root.h"
#include "model/truth.h"

/* What this host has for a guest, beside its devices. Sizes are bytes. */
struct host_capacity {
	struct fact_number memory_total;
	struct fact_number memory_available;
	enum truth cpu_amd;		 /* the processor is AMD's, or Hygon's */
	struct fact_number address_bits; /* physical, of the processor */
};

/* Reads all of it; what cannot be read stays unknown. */
void host_capacity_read(const struct host_root *root, struct host_capacity *ret);

/*
 * Bytes of free hugepages of @size bytes, 0: of the host's default size. FACT_ABSENT where the
 * kernel has no pages of that size.
 */
struct fact_number host_hugepages_free(const struct host_root *root, uint64_t size);

/*
 * How many address bits the IOMMU @instance ("dmar0", "ivhd0") translates for a domain of VFIO:
 * VT-d's smaller of MGAW and the widest page table (drivers/iommu/intel/iommu.c), AMD's HATS.
 * Unknown for other IOMMUs, which show it nowhere.
 */
struct fact_number host_iommu_width(const struct host_root *root, const char *instance);

#endif
