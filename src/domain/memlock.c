/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <string.h>

#include "domain/memlock.h"

/* What libvirt adds to the guest's memory, once used for the registers of all devices. */
#define ALLOWANCE (UINT64_C(1) << 30)

static enum truth all_iommufd(const struct guest_domain *guest)
{
	for (size_t i = 0; i < guest->n_hostdevs; i++)
		if (!guest->hostdevs[i].iommufd)
			return TRUTH_NO;
	return truth_of(guest->n_hostdevs > 0);
}

static bool has_iommu(const struct guest_domain *guest)
{
	return guest->iommu.model != GUEST_IOMMU_NONE;
}

/*
 * Address spaces whose mappings are accounted on their own. Without a virtual IOMMU all devices
 * share one container, or one IOAS; with one each group has its own, and all of the guest's memory
 * is mapped in each until the guest turns the translation on. QEMU's NVMe driver and vhost-vdpa
 * have one each, too. A mediated device pins what its driver asks for, not the whole guest.
 */
static uint64_t count_spaces(const struct guest_domain *guest, size_t n_groups)
{
	size_t nvme = guest_domain_count(guest, GUEST_HOSTDEV_NVME);
	size_t whole = guest->n_hostdevs - nvme - guest_domain_count(guest, GUEST_HOSTDEV_MDEV);
	uint64_t spaces = guest->n_vdpa + nvme;

	/* iommufd pins a page once however many of its IOASes map it. */
	if (whole > 0)
		spaces += has_iommu(guest) && all_iommufd(guest) != TRUTH_YES && n_groups > 0
				  ? n_groups
				  : 1;
	return spaces;
}

/* How often libvirt takes the guest's memory. */
static uint64_t count_factor(const struct guest_domain *guest)
{
	size_t nvme = guest_domain_count(guest, GUEST_HOSTDEV_NVME);
	size_t vfio = guest->n_hostdevs - nvme;

	return guest->n_vdpa + nvme + (vfio == 0 ? 0 : has_iommu(guest) ? vfio : 1);
}

static struct fact_number known(uint64_t number)
{
	return (struct fact_number){FACT_KNOWN, number};
}

static void set_limit(const struct guest_domain *guest, struct memlock_forecast *forecast)
{
	uint64_t limit;

	if (guest->hard_limit.state == FACT_KNOWN) {
		forecast->source = MEMLOCK_HARD_LIMIT;
		forecast->limit = guest->hard_limit;
	} else if (guest->locked) {
		forecast->source = MEMLOCK_UNLIMITED;
		forecast->limit = (struct fact_number){FACT_ABSENT, 0};
	} else if (guest->memory.state == FACT_KNOWN &&
		   !__builtin_mul_overflow(count_factor(guest), guest->memory.number, &limit) &&
		   !__builtin_add_overflow(limit, ALLOWANCE, &limit)) {
		forecast->source = MEMLOCK_COMPUTED;
		forecast->limit = known(limit);
	}
}

struct memlock_forecast memlock_forecast(const struct guest_domain *guest, size_t n_groups)
{
	struct memlock_forecast forecast = {.iommufd = all_iommufd(guest)};
	bool ppc = guest->architecture && strncmp(guest->architecture, "ppc64", 5) == 0;
	uint64_t needed;

	forecast.spaces = count_spaces(guest, n_groups);
	/* POWER accounts windows and tables, by rules of its own. */
	if (forecast.spaces == 0 || ppc)
		return forecast;
	if (guest->memory.state == FACT_KNOWN &&
	    !__builtin_mul_overflow(forecast.spaces, guest->memory.number, &needed) &&
	    !__builtin_add_overflow(needed, guest->video_memory, &needed))
		forecast.needed = known(needed);
	set_limit(guest, &forecast);
	return forecast;
}
