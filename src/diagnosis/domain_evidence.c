/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/domain_evidence.h"

/* What libvirt leaves beside the guest's memory when it computes the limit itself. */
#define ALLOWANCE (UINT64_C(1) << 30)

/* KVM's own IOAPIC stops QEMU; TCG emulates it in QEMU always. */
#define KVM "kvm"

static unsigned long long mib(uint64_t bytes)
{
	return (unsigned long long)(bytes >> 20);
}

/* Whether any device is opened through VFIO at all, so that the guest's memory is mapped. */
static bool maps_memory(const struct domain_view *view)
{
	return view->memlock->spaces > 0;
}

static void add_memlock(const struct domain_view *view, struct evidence_set *set)
{
	const struct memlock_forecast *memlock = view->memlock;
	static const char *const where = "locked-memory limit";
	enum truth is_short = TRUTH_NO, tight = TRUTH_NO;
	AUTO_FREE char *value = NULL;

	if (memlock->needed.state == FACT_KNOWN && memlock->limit.state == FACT_KNOWN) {
		uint64_t limit = memlock->limit.number, needed = memlock->needed.number;

		is_short = truth_of(limit < needed);
		tight = truth_of(limit < needed ||
				 limit - needed + view->guest->video_memory < ALLOWANCE);
		if (asprintf(&value, "%llu MiB (%s), and at least %llu MiB get pinned", mib(limit),
			     memlock_source_name(memlock->source), mib(needed)) < 0) {
			value = NULL;
			set->out_of_memory = true;
		}
	} else if (memlock->needed.state != FACT_KNOWN && maps_memory(view)) {
		is_short = tight = TRUTH_UNKNOWN;
	}
	evidence_set_add(set, EVIDENCE_GUEST_MEMLOCK_SHORT, is_short, SOURCE_XML, where,
			 is_short == TRUTH_UNKNOWN ? NULL
			 : value		   ? value
						   : "unlimited");
	set->truth[EVIDENCE_GUEST_MEMLOCK_TIGHT] = tight;
	if (tight == TRUTH_YES && value)
		evidence_set_add(set, EVIDENCE_GUEST_MEMLOCK_TIGHT, tight, SOURCE_XML, where,
				 value);
}

/* Hugepages are taken from the host's memory once and for all. */
static void add_host_memory(const struct domain_view *view, struct evidence_set *set)
{
	const struct fact_number *guest = &view->guest->memory;
	const struct fact_number *total = &view->capacity->memory_total;
	const struct fact_number *available = &view->capacity->memory_available;
	bool asked = maps_memory(view) && !view->guest->hugepages;
	enum truth over = TRUTH_NO, spare = TRUTH_NO;

	if (asked)
		over = guest->state != FACT_KNOWN || total->state != FACT_KNOWN
			       ? TRUTH_UNKNOWN
			       : truth_of(guest->number > total->number);
	if (asked && over != TRUTH_UNKNOWN && available->state == FACT_KNOWN)
		spare = truth_of(guest->number > available->number);
	if (!asked || over == TRUTH_UNKNOWN) {
		evidence_set_add(set, EVIDENCE_GUEST_OVER_HOST_MEMORY, over, SOURCE_PROCFS,
				 "/proc/meminfo MemTotal", asked ? NULL : "not asked for");
		set->truth[EVIDENCE_GUEST_OVER_AVAILABLE_MEMORY] = spare;
		return;
	}
	evidence_set_addf(set, EVIDENCE_GUEST_OVER_HOST_MEMORY, over, SOURCE_PROCFS,
			  "/proc/meminfo MemTotal", "%llu MiB, and %llu MiB for the guest",
			  mib(total->number), mib(guest->number));
	set->truth[EVIDENCE_GUEST_OVER_AVAILABLE_MEMORY] = spare;
	if (spare == TRUTH_YES)
		evidence_set_addf(set, EVIDENCE_GUEST_OVER_AVAILABLE_MEMORY, spare, SOURCE_PROCFS,
				  "/proc/meminfo MemAvailable",
				  "%llu MiB, and %llu MiB for the guest", mib(available->number),
				  mib(guest->number));
}

static void add_hugepages(const struct domain_view *view, struct evidence_set *set)
{
	const struct fact_number *free_bytes = &view->hugepages_free;
	const struct fact_number *guest = &view->guest->memory;

	if (!view->guest->hugepages) {
		set->truth[EVIDENCE_GUEST_HUGEPAGES_SHORT] = TRUTH_NO;
		return;
	}
	if (!view->hugepages_known || free_bytes->state == FACT_UNKNOWN ||
	    guest->state != FACT_KNOWN)
		evidence_set_add(set, EVIDENCE_GUEST_HUGEPAGES_SHORT, TRUTH_UNKNOWN, SOURCE_SYSFS,
				 "/sys/kernel/mm/hugepages", NULL);
	else if (free_bytes->state == FACT_ABSENT)
		evidence_set_add(set, EVIDENCE_GUEST_HUGEPAGES_SHORT, TRUTH_YES, SOURCE_SYSFS,
				 "/sys/kernel/mm/hugepages", "no pages of this size");
	else
		evidence_set_addf(set, EVIDENCE_GUEST_HUGEPAGES_SHORT,
				  truth_of(free_bytes->number < guest->number), SOURCE_SYSFS,
				  "/sys/kernel/mm/hugepages",
				  "%llu MiB free, and %llu MiB for the guest",
				  mib(free_bytes->number), mib(guest->number));
}

static void add_hostdevs(const struct domain_view *view, struct evidence_set *set)
{
	const struct guest_domain *guest = view->guest;
	enum truth gone = TRUTH_NO, twice = TRUTH_NO, iommufd = TRUTH_NO;
	char name[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < guest->n_hostdevs; i++) {
		const struct guest_hostdev *hostdev = &guest->hostdevs[i];

		if (hostdev->iommufd)
			iommufd = TRUTH_YES;
		if (hostdev->backend && strcmp(hostdev->backend, KVM) == 0 &&
		    hostdev->kind != GUEST_HOSTDEV_NVME) {
			gone = TRUTH_YES;
			evidence_set_addf(set, EVIDENCE_GUEST_BACKEND_GONE, gone, SOURCE_XML,
					  "driver", "line %lu: name='%s'", hostdev->line,
					  hostdev->backend);
		}
		for (size_t j = 0; j < i; j++) {
			const struct guest_hostdev *other = &guest->hostdevs[j];

			if (hostdev->uuid || other->uuid ||
			    !pci_address_equal(&hostdev->address, &other->address))
				continue;
			twice = TRUTH_YES;
			evidence_set_addf(set, EVIDENCE_GUEST_HOSTDEV_TWICE, twice, SOURCE_XML,
					  "hostdev", "%s, in lines %lu and %lu",
					  pci_address_format(&hostdev->address, name), other->line,
					  hostdev->line);
		}
	}
	set->truth[EVIDENCE_GUEST_BACKEND_GONE] = gone;
	set->truth[EVIDENCE_GUEST_HOSTDEV_TWICE] = twice;
	set->truth[EVIDENCE_GUEST_WANTS_IOMMUFD] = iommufd;
	evidence_set_add(set, EVIDENCE_GUEST_MDEV_MISSING, truth_of(view->missing_mdevs != NULL),
			 SOURCE_SYSFS, "/sys/bus/mdev/devices",
			 view->missing_mdevs ? view->missing_mdevs : "none is missing");
}

/*
 * QEMU's intel-iommu translates 39 bits unless told otherwise (VTD_HOST_ADDRESS_WIDTH). The other
 * models are as wide as they need to be.
 */
static struct fact_number guest_iommu_width(const struct guest_iommu *iommu)
{
	if (iommu->model != GUEST_IOMMU_INTEL)
		return (struct fact_number){FACT_ABSENT, 0};
	return iommu->width.state == FACT_KNOWN ? iommu->width
						: (struct fact_number){FACT_KNOWN, 39};
}

/* The first address that @bits do not reach; saturated. */
static uint64_t first_beyond(uint64_t bits)
{
	return bits < 64 ? UINT64_C(1) << bits : UINT64_MAX;
}

/* Whether VFIO devices are behind the guest's IOMMU. */
static bool confines(const struct domain_view *view)
{
	return maps_memory(view) && view->guest->iommu.model != GUEST_IOMMU_NONE;
}

static void add_guest_iommu(const struct domain_view *view, struct evidence_set *set)
{
	const struct guest_iommu *iommu = &view->guest->iommu;
	struct fact_number width = guest_iommu_width(iommu);
	uint64_t top = guest_memory_map_top(view->map);
	bool intel = confines(view) && iommu->model == GUEST_IOMMU_INTEL;
	bool kvm = view->guest->type && strcmp(view->guest->type, KVM) == 0;
	enum truth narrow = truth_of(intel && top >= first_beyond(width.number));
	enum truth mute = TRUTH_NO;

	if (confines(view) && iommu->model == GUEST_IOMMU_SMMUV3)
		mute = truth_of(iommu->accelerated != TRUTH_YES);
	/* Newer QEMU has a switch for it (dma-remap), whose state the definition does not tell. */
	if (confines(view) &&
	    (iommu->model == GUEST_IOMMU_AMD || iommu->model == GUEST_IOMMU_OTHER))
		mute = TRUTH_UNKNOWN;
	evidence_set_add(set, EVIDENCE_GUEST_IOMMU_NO_MAPPINGS, mute, SOURCE_XML, "iommu model",
			 mute == TRUTH_UNKNOWN ? NULL
			 : iommu->name	       ? iommu->name
					       : "absent");
	set->truth[EVIDENCE_GUEST_IOMMU_NO_CACHING_MODE] = TRUTH_NO;
	if (intel)
		evidence_set_add(set, EVIDENCE_GUEST_IOMMU_NO_CACHING_MODE,
				 truth_of(iommu->caching_mode != TRUTH_YES), SOURCE_XML,
				 "iommu driver caching_mode",
				 iommu->caching_mode == TRUTH_YES  ? "on"
				 : iommu->caching_mode == TRUTH_NO ? "off"
								   : "absent");
	set->truth[EVIDENCE_GUEST_IOMMU_KERNEL_IOAPIC] = truth_of(
		kvm && iommu->model == GUEST_IOMMU_INTEL &&
		iommu->interrupt_remapping == TRUTH_YES && view->guest->split_ioapic == TRUTH_NO);
	set->truth[EVIDENCE_GUEST_IOMMU_NARROW] = narrow;
	if (narrow == TRUTH_YES)
		evidence_set_addf(set, EVIDENCE_GUEST_IOMMU_NARROW, narrow, SOURCE_XML,
				  "iommu driver aw_bits", "%llu bits, and memory up to 0x%llx",
				  (unsigned long long)width.number, (unsigned long long)top);
}

void domain_evidence_add(const struct domain_view *view, struct evidence_set *set)
{
	enum truth available = view->host->iommufd_node;

	/* As host_evidence_add() has it; a module that can be loaded is loaded by libvirt's open. */
	if (available == TRUTH_NO)
		available = view->host->iommufd == MODULE_UNKNOWN
				    ? TRUTH_UNKNOWN
				    : truth_of(view->host->iommufd != MODULE_MISSING &&
					       view->host->iommufd != MODULE_BLOCKED);
	add_hostdevs(view, set);
	evidence_set_add(set, EVIDENCE_IOMMUFD_AVAILABLE, available, SOURCE_SYSFS, "/dev/iommu",
			 available == TRUTH_UNKNOWN ? NULL
			 : available == TRUTH_YES   ? "present, or loadable"
						    : "absent");
	add_guest_iommu(view, set);
	add_memlock(view, set);
	add_host_memory(view, set);
	add_hugepages(view, set);
}

/* The first of @map's memory that @region is in the way of; NULL: none. */
static const struct guest_range *find_overlap(const struct guest_memory_map *map,
					      const struct reserved_region *region)
{
	for (size_t i = 0; i < map->n_memory; i++)
		if (map->memory[i].first <= region->last && region->first <= map->memory[i].last)
			return &map->memory[i];
	return NULL;
}

/*
 * VFIO gives out no address of a reserved region, direct-relaxable ones alone excepted
 * (vfio_iommu_resv_exclude(); iopt_table_enforce_dev_resv_regions()).
 */
static void add_reserved(const struct domain_view *view, const struct domain_group_view *group,
			 struct evidence_set *set)
{
	enum truth hits = TRUTH_NO;
	char where[64];

	snprintf(where, sizeof(where), "/sys/kernel/iommu_groups/%d/reserved_regions",
		 group->group->number);
	if (group->group->regions_state != FACT_KNOWN || view->map->state != FACT_KNOWN) {
		evidence_set_add(set, EVIDENCE_GUEST_HITS_RESERVED, TRUTH_UNKNOWN, SOURCE_SYSFS,
				 where, NULL);
		return;
	}
	for (size_t i = 0; hits == TRUTH_NO && i < group->group->n_regions; i++) {
		const struct reserved_region *region = &group->group->regions[i];
		const struct guest_range *memory = find_overlap(view->map, region);

		if (!memory || strcmp(region->type, "direct-relaxable") == 0)
			continue;
		hits = TRUTH_YES;
		evidence_set_addf(set, EVIDENCE_GUEST_HITS_RESERVED, hits, SOURCE_SYSFS, where,
				  "0x%llx-0x%llx %s, and memory of the guest at 0x%llx-0x%llx",
				  (unsigned long long)region->first,
				  (unsigned long long)region->last, region->type,
				  (unsigned long long)memory->first,
				  (unsigned long long)memory->last);
	}
	if (hits == TRUTH_NO)
		evidence_set_add(set, EVIDENCE_GUEST_HITS_RESERVED, hits, SOURCE_SYSFS, where,
				 "none is in the way");
}

/*
 * Where 64-bit BARs may end. QEMU offers a window behind the memory; UEFI firmware that knows the
 * width of the guest's processor puts it at its end.
 */
static uint64_t window_end(const struct domain_view *view)
{
	const struct guest_cpu *cpu = &view->guest->cpu;
	const struct fact_number *bits = &cpu->address_bits;
	uint64_t end = view->map->has_window ? view->map->window.last : 0;

	if (bits->state != FACT_KNOWN && cpu->passthrough)
		bits = &view->capacity->address_bits;
	if (view->guest->uefi && bits->state == FACT_KNOWN && bits->number < 64 &&
	    first_beyond(bits->number) - 1 > end)
		end = first_beyond(bits->number) - 1;
	return end;
}

static void add_window(const struct domain_view *view, uint64_t beyond, struct evidence_set *set)
{
	uint64_t end = window_end(view);
	enum truth outside = truth_of(end >= beyond);

	set->truth[EVIDENCE_GUEST_WINDOW_BEYOND_APERTURE] = outside;
	if (outside == TRUTH_YES)
		evidence_set_addf(set, EVIDENCE_GUEST_WINDOW_BEYOND_APERTURE, outside, SOURCE_XML,
				  "machine", "up to 0x%llx, and the IOMMU below 0x%llx",
				  (unsigned long long)end, (unsigned long long)beyond);
}

/* No IOMMU that Linux drives translates less than 32 bits. */
static void add_aperture(const struct domain_view *view, const struct domain_group_view *group,
			 struct evidence_set *set)
{
	uint64_t top = guest_memory_map_top(view->map);
	const char *iommu = group->iommu ? group->iommu : "the IOMMU";
	struct fact_number own = guest_iommu_width(&view->guest->iommu);

	set->truth[EVIDENCE_GUEST_WINDOW_BEYOND_APERTURE] = TRUTH_NO;
	set->truth[EVIDENCE_GUEST_IOMMU_WIDER] = TRUTH_NO;
	if (view->map->state != FACT_KNOWN) {
		evidence_set_add(set, EVIDENCE_GUEST_BEYOND_APERTURE, TRUTH_UNKNOWN, SOURCE_XML,
				 view->map->unknown, NULL);
		return;
	}
	if (group->width.state != FACT_KNOWN) {
		enum truth low = top < first_beyond(32) ? TRUTH_NO : TRUTH_UNKNOWN;

		evidence_set_add(set, EVIDENCE_GUEST_BEYOND_APERTURE, low, SOURCE_SYSFS, iommu,
				 low == TRUTH_NO ? "every IOMMU translates 32 bits" : NULL);
		return;
	}
	evidence_set_addf(set, EVIDENCE_GUEST_BEYOND_APERTURE,
			  truth_of(top >= first_beyond(group->width.number)), SOURCE_SYSFS, iommu,
			  "%llu address bits, and memory of the guest up to 0x%llx",
			  (unsigned long long)group->width.number, (unsigned long long)top);
	add_window(view, first_beyond(group->width.number), set);
	if (confines(view) && own.state == FACT_KNOWN)
		evidence_set_addf(set, EVIDENCE_GUEST_IOMMU_WIDER,
				  truth_of(own.number > group->width.number), SOURCE_XML,
				  "iommu driver aw_bits", "%llu bits, and %s has %llu",
				  (unsigned long long)own.number, iommu,
				  (unsigned long long)group->width.number);
}

/* Whether the guest's bus is a conventional one, whose functions share an address space. */
static bool is_plain_bus(const struct guest_domain *guest, uint64_t bus)
{
	for (size_t i = 0; i < guest->n_plain_buses; i++)
		if (guest->plain_buses[i] == bus)
			return true;
	return false;
}

static void add_split(const struct domain_view *view, const struct domain_group_view *group,
		      struct evidence_set *set)
{
	enum truth split = TRUTH_NO;
	const struct guest_hostdev *first = group->n_hostdevs > 0 ? group->hostdevs[0] : NULL;

	for (size_t i = 1; confines(view) && i < group->n_hostdevs; i++) {
		const struct guest_hostdev *other = group->hostdevs[i];

		/* libvirt chooses the bus when it defines the domain. */
		if (!first->has_guest_bus || !other->has_guest_bus)
			split = split == TRUTH_YES ? split : TRUTH_UNKNOWN;
		else if (first->guest_bus != other->guest_bus ||
			 !is_plain_bus(view->guest, other->guest_bus))
			split = TRUTH_YES;
	}
	if (split == TRUTH_UNKNOWN)
		evidence_set_add(set, EVIDENCE_GUEST_GROUP_SPLIT, split, SOURCE_XML,
				 "hostdev address", NULL);
	else
		evidence_set_addf(set, EVIDENCE_GUEST_GROUP_SPLIT, split, SOURCE_XML,
				  "hostdev address", "%zu devices of group %d", group->n_hostdevs,
				  group->group->number);
}

void domain_group_evidence_add(const struct domain_view *view,
			       const struct domain_group_view *group, struct evidence_set *set)
{
	add_split(view, group, set);
	add_aperture(view, group, set);
	add_reserved(view, group, set);
}
