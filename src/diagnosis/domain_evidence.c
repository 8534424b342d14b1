/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/domain_evidence.h"
#include "diagnosis/domain_part.h"

/* What libvirt leaves beside the guest's memory when it computes the limit itself. */
#define ALLOWANCE (UINT64_C(1) << 30)

/* KVM's own IOAPIC stops QEMU; TCG emulates it in QEMU always. */
#define KVM "kvm"

static unsigned long long mib(uint64_t bytes)
{
	return (unsigned long long)(bytes >> 20);
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
	} else if (memlock->needed.state != FACT_KNOWN && domain_maps_memory(view)) {
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
	bool asked = domain_maps_memory(view) && !view->guest->hugepages;
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

static void add_guest_iommu(const struct domain_view *view, struct evidence_set *set)
{
	const struct guest_iommu *iommu = &view->guest->iommu;
	struct fact_number width = domain_iommu_width(iommu);
	uint64_t top = guest_memory_map_top(view->map);
	bool intel = domain_confines(view) && iommu->model == GUEST_IOMMU_INTEL;
	bool kvm = view->guest->type && strcmp(view->guest->type, KVM) == 0;
	enum truth narrow = truth_of(intel && top >= first_beyond(width.number));
	enum truth mute = TRUTH_NO;

	if (domain_confines(view) && iommu->model == GUEST_IOMMU_SMMUV3)
		mute = truth_of(iommu->accelerated != TRUTH_YES);
	/* Newer QEMU has a switch for it (dma-remap), whose state the definition does not tell. */
	if (domain_confines(view) &&
	    (iommu->model == GUEST_IOMMU_AMD || iommu->model == GUEST_IOMMU_OTHER))
		mute = TRUTH_UNKNOWN;
	evidence_set_add(set, EVIDENCE_GUEST_IOMMU_NO_MAPPINGS, mute, SOURCE_XML, "iommu model",
			 mute == TRUTH_UNKNOWN ? NULL
			 : iommu->name	       ? iommu->name
					       : "absent");
	set->truth[EVIDENCE_GUEST_IOMMU_NO_CACHING_MODE] = TRUTH_NO;
	/* What only remaps interrupts has nothing to tell, but QEMU 7.2 refuses it all the same. */
	if (intel && iommu->translation == TRUTH_NO && iommu->caching_mode != TRUTH_YES)
		evidence_set_add(set, EVIDENCE_GUEST_IOMMU_NO_CACHING_MODE, TRUTH_UNKNOWN,
				 SOURCE_XML, "iommu driver dma_translation", NULL);
	else if (intel)
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
