/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/group.h"
#include "host/root_file.h"

#define GROUPS "/sys/kernel/iommu_groups"
/* The kernel prints at most a page; a captured file may lie. */
#define REGIONS_LIMIT (1 << 20)

static int add_member(struct iommu_group *group, const char *name, size_t *room)
{
	struct pci_address address;

	if (pci_address_parse_exact(name, &address) < 0) {
		group->n_other_members++;
		return 0;
	}
	if (group->n_members == *room) {
		size_t wanted = *room ? *room * 2 : 8;
		struct pci_address *grown = reallocarray(group->members, wanted, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		group->members = grown;
		*room = wanted;
	}
	group->members[group->n_members++] = address;
	return 0;
}

static int read_members(const struct host_root *root, struct iommu_group *group)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;
	size_t room = 0;
	int r = host_root_list(root, &dir, GROUPS "/%d/devices", group->number);

	if (r < 0)
		return r;
	while ((name = host_dir_next(dir))) {
		r = add_member(group, name, &room);
		if (r < 0)
			return r;
	}
	if (group->n_members > 1)
		qsort(group->members, group->n_members, sizeof(*group->members),
		      pci_address_compare);
	return 0;
}

/* One line is "0x00000000fee00000 0x00000000feefffff msi". */
static int add_region(struct iommu_group *group, const char *line)
{
	struct reserved_region region, *grown;
	int end = 0;

	if (sscanf(line, "0x%" SCNx64 " 0x%" SCNx64 " %19s%n", &region.first, &region.last,
		   region.type, &end) != 3 ||
	    line[end] != '\0' || region.first > region.last)
		return -EINVAL;
	grown = reallocarray(group->regions, group->n_regions + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	group->regions = grown;
	group->regions[group->n_regions++] = region;
	return 0;
}

static int read_regions(const struct host_root *root, struct iommu_group *group)
{
	AUTO_FREE char *text = NULL;
	char path[96], *cursor, *line;
	int r;

	snprintf(path, sizeof(path), GROUPS "/%d/reserved_regions", group->number);
	r = host_root_read_all(root, path, REGIONS_LIMIT, &text, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	while ((line = host_next_line(&cursor))) {
		r = add_region(group, line);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			return 0;
	}
	group->regions_state = FACT_KNOWN;
	return 0;
}

/* A group that is no group: vfio makes these itself where noiommu mode is on. */
static void read_node(const struct host_root *root, struct iommu_group *group)
{
	char name[64];
	const char *prefix = "";
	ssize_t length = host_root_read(root, name, sizeof(name), GROUPS "/%d/name", group->number);

	if (length >= 0)
		group->noiommu = truth_of(strcmp(name, "vfio-noiommu") == 0);
	else if (length == -ENOENT)
		group->noiommu = TRUTH_NO;
	if (group->noiommu == TRUTH_YES)
		prefix = "noiommu-";
	group->node = truth_of_exists(
		host_root_exists(root, "/sys/class/vfio/%s%d", prefix, group->number));
	group->node_visible =
		truth_of_exists(host_root_exists(root, "/dev/vfio/%s%d", prefix, group->number));
	if (group->node_visible == TRUTH_NO && host_root_exists(root, "/dev") != 1)
		group->node_visible = TRUTH_UNKNOWN;
}

int host_group_read(const struct host_root *root, int number, struct iommu_group *ret)
{
	struct iommu_group group = {.number = number};
	int r = read_members(root, &group);

	if (r == 0)
		r = read_regions(root, &group);
	if (r == 0)
		r = fact_text_read(&group.type, root, GROUPS "/%d/type", number);
	if (r < 0) {
		iommu_group_release(&group);
		return r;
	}
	read_node(root, &group);
	*ret = group;
	return 0;
}
