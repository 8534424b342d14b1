/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "diagnosis/domain_evidence.h"
#include "diagnosis/domain_part.h"
#include "model/pci_device.h"

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
	struct fact_number own = domain_iommu_width(&view->guest->iommu);

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
	if (domain_confines(view) && own.state == FACT_KNOWN)
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
	const struct guest_hostdev *first = group->n_members > 0 ? group->members[0].hostdev : NULL;

	for (size_t i = 1; domain_confines(view) && i < group->n_members; i++) {
		const struct guest_hostdev *other = group->members[i].hostdev;

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
				  "hostdev address", "%zu devices of group %d", group->n_members,
				  group->group->number);
}

/* libvirt's virHostdevPreparePCIDevicesImpl() takes what it does not manage as it finds it. */
static void add_unmanaged(const struct domain_group_view *group, struct evidence_set *set)
{
	enum truth unmanaged = TRUTH_NO;

	for (size_t i = 0; i < group->n_members; i++) {
		const struct domain_member *member = &group->members[i];
		char name[PCI_ADDRESS_SIZE];

		if (member->hostdev->managed ||
		    (member->driver->state == FACT_KNOWN && driver_is_vfio(member->driver->text)))
			continue;
		if (member->driver->state == FACT_UNKNOWN) {
			unmanaged = unmanaged == TRUTH_YES ? unmanaged : TRUTH_UNKNOWN;
			continue;
		}
		unmanaged = TRUTH_YES;
		evidence_set_addf(
			set, EVIDENCE_GUEST_UNMANAGED, unmanaged, SOURCE_SYSFS,
			pci_address_format(&member->hostdev->address, name), "%s (%s)", name,
			member->driver->state == FACT_KNOWN ? member->driver->text : "no driver");
	}
	if (unmanaged == TRUTH_UNKNOWN)
		evidence_set_add(set, EVIDENCE_GUEST_UNMANAGED, unmanaged, SOURCE_SYSFS, "driver",
				 NULL);
	set->truth[EVIDENCE_GUEST_UNMANAGED] = unmanaged;
}

void domain_group_evidence_add(const struct domain_view *view,
			       const struct domain_group_view *group, struct evidence_set *set)
{
	add_unmanaged(group, set);
	add_split(view, group, set);
	add_aperture(view, group, set);
	add_reserved(view, group, set);
}
