/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/group_evidence.h"

static bool moves_along(const struct device_view *view, const struct pci_address *address)
{
	for (size_t i = 0; i < view->n_moved_along; i++)
		if (pci_address_equal(&view->moved_along[i], address))
			return true;
	return pci_address_equal(&view->device->address, address);
}

/*
 * Members that nobody takes along and whose driver uses DMA of its own keep the group from being
 * viable (drivers/iommu/iommu.c, iommu_device_use_default_domain).
 */
static void add_host_drivers(const struct device_view *view, struct evidence_set *set)
{
	AUTO_FREE char *value = NULL;
	enum truth found = TRUTH_NO;
	size_t size = 0;
	FILE *stream = open_memstream(&value, &size);

	if (!stream) {
		set->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < view->n_members; i++) {
		const struct pci_device *member = &view->members[i];
		char name[PCI_ADDRESS_SIZE];

		if (moves_along(view, &member->address) || member->driver.state == FACT_ABSENT)
			continue;
		if (member->driver.state == FACT_UNKNOWN) {
			found = found == TRUTH_YES ? found : TRUTH_UNKNOWN;
			continue;
		}
		if (driver_is_harmless(member->driver.text))
			continue;
		fprintf(stream, "%s%s (%s)", found == TRUTH_YES ? ", " : "",
			pci_address_format(&member->address, name), member->driver.text);
		found = TRUTH_YES;
	}
	fclose(stream);
	evidence_set_add(set, EVIDENCE_HOST_DRIVER_IN_GROUP, found, SOURCE_SYSFS,
			 "drivers of the other group members",
			 found == TRUTH_YES  ? value
			 : found == TRUTH_NO ? "absent"
					     : NULL);
}

/* Which functions firmware wants @region for, as far as its tables name them. */
static void print_owners(FILE *out, const struct host_facts *host,
			 const struct reserved_region *region)
{
	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct firmware_table_facts *table = &host->tables[t];

		for (size_t i = 0; i < table->n_ranges; i++) {
			const struct firmware_range *range = &table->ranges[i];

			if (range->exclusion || range->first > region->last ||
			    range->last < region->first)
				continue;
			for (size_t s = 0; s < range->n_scopes; s++) {
				char name[PCI_ADDRESS_SIZE];

				if (range->scopes[s].resolved)
					fprintf(out, ", %s names %s",
						firmware_table_name((enum firmware_table)t),
						pci_address_format(&range->scopes[s].address,
								   name));
			}
		}
	}
}

static void add_regions(const struct device_view *view, struct evidence_set *set)
{
	const struct iommu_group *group = view->group;
	enum truth direct = iommu_group_has_direct_region(group);
	AUTO_FREE char *value = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&value, &size);
	const char *separator = "";
	char where[64];

	if (!out) {
		set->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < group->n_regions; i++) {
		const struct reserved_region *region = &group->regions[i];

		if (strcmp(region->type, "direct") != 0)
			continue;
		fprintf(out, "%s0x%llx-0x%llx direct", separator, (unsigned long long)region->first,
			(unsigned long long)region->last);
		print_owners(out, view->host, region);
		separator = "; ";
	}
	fclose(out);
	snprintf(where, sizeof(where), "/sys/kernel/iommu_groups/%d/reserved_regions",
		 group->number);
	evidence_set_add(set, EVIDENCE_DIRECT_REGION, direct, SOURCE_SYSFS, where,
			 direct == TRUTH_YES  ? value
			 : direct == TRUTH_NO ? "absent"
					      : NULL);
}

/*
 * Through the group's node or a node of any member: whoever claims one device owns the DMA of the
 * whole group (drivers/iommu/iommu.c, iommu_device_claim_dma_owner).
 */
static enum truth find_holder(const struct device_view *view, const struct vfio_holder **ret)
{
	bool node = view->group->node != TRUTH_NO;

	for (size_t i = 0; i < view->n_members; i++) {
		const struct fact_text *vfio_dev = &view->members[i].vfio_dev;

		if (vfio_dev->state != FACT_KNOWN)
			continue;
		node = true;
		if (view->holders &&
		    vfio_holder_list_find_device(view->holders, vfio_dev->text, ret) == TRUTH_YES)
			return TRUTH_YES;
	}
	if (view->holders)
		return vfio_holder_list_find(view->holders, view->group->number, NULL, ret);
	return node ? TRUTH_UNKNOWN : TRUTH_NO;
}

static void add_holder(const struct device_view *view, struct evidence_set *set)
{
	const struct vfio_holder *holder = NULL;
	enum truth held = find_holder(view, &holder);

	if (held == TRUTH_YES)
		evidence_set_addf(set, EVIDENCE_VFIO_HOLDER, held, SOURCE_PROCFS, holder->node,
				  "%s (pid %ld)", holder->command, (long)holder->pid);
	else
		evidence_set_add(set, EVIDENCE_VFIO_HOLDER, held, SOURCE_PROCFS,
				 "/proc/PID/fd: the nodes of the group",
				 held == TRUTH_NO ? "absent" : NULL);
}

static void add_iommus(const struct device_view *view, struct evidence_set *set)
{
	const struct fact_text *own = &view->device->iommu;
	enum truth mixed = TRUTH_NO;

	if (own->state != FACT_KNOWN) {
		set->truth[EVIDENCE_MIXED_IOMMUS] = TRUTH_UNKNOWN;
		return;
	}
	for (size_t i = 0; i < view->n_members; i++) {
		const struct fact_text *other = &view->members[i].iommu;

		if (other->state == FACT_KNOWN && strcmp(other->text, own->text) != 0)
			mixed = TRUTH_YES;
	}
	evidence_set_add(set, EVIDENCE_MIXED_IOMMUS, mixed, SOURCE_SYSFS, "iommu", own->text);
}

void group_evidence_add(const struct device_view *view, struct evidence_set *set)
{
	const struct iommu_group *group = view->group;

	if (!group) {
		set->truth[EVIDENCE_NOIOMMU] = TRUTH_NO;
		return;
	}
	evidence_set_addf(set, EVIDENCE_GROUP_SHARED,
			  truth_of(group->n_members + group->n_other_members > 1), SOURCE_SYSFS,
			  "group members", "%zu", group->n_members + group->n_other_members);
	add_host_drivers(view, set);
	add_regions(view, set);
	add_holder(view, set);
	add_iommus(view, set);
	if (group->noiommu == TRUTH_YES)
		evidence_set_add(set, EVIDENCE_NOIOMMU, TRUTH_YES, SOURCE_SYSFS, "group name",
				 "vfio-noiommu");
	set->truth[EVIDENCE_NOIOMMU] = group->noiommu;
	set->truth[EVIDENCE_NODE_HIDDEN] =
		group->node == TRUTH_YES && group->node_visible == TRUTH_NO ? TRUTH_YES
		: group->node == TRUTH_UNKNOWN || group->node_visible == TRUTH_UNKNOWN
			? TRUTH_UNKNOWN
			: TRUTH_NO;
}
