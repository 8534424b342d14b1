/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/holders.h"

#define NODES "/dev/vfio/"

/*
 * Puts the node that @target names into @buffer: "/dev/vfio/12", also where it was deleted from
 * the folder, or the process sees /dev elsewhere. False: no node of a group or a device.
 */
static bool take_node(const char *target, char *buffer, size_t size)
{
	static const char deleted[] = " (deleted)";
	char copy[sizeof(((struct open_node *)0)->path)];
	size_t length;
	const char *name;

	snprintf(copy, sizeof(copy), "%s", target);
	length = strlen(copy);
	if (length > strlen(deleted) && strcmp(copy + length - strlen(deleted), deleted) == 0)
		copy[length - strlen(deleted)] = '\0';
	name = strstr(copy, "/vfio/");
	if (!name)
		return false;
	name += strlen("/vfio/");
	if (!isdigit((unsigned char)name[strcspn(name, "0123456789")]) || strlen(name) > 40)
		return false;
	if (!isdigit((unsigned char)name[0]) && strncmp(name, "noiommu-", 8) != 0 &&
	    strncmp(name, "devices/", 8) != 0)
		return false;
	return snprintf(buffer, size, NODES "%s", name) < (int)size;
}

int vfio_holders_take(const struct open_file_list *files, struct vfio_holder_list *ret)
{
	struct vfio_holder_list list = {.complete = files->complete};

	for (size_t i = 0; i < files->n_nodes; i++) {
		const struct open_node *node = &files->nodes[i];
		struct vfio_holder holder = {.pid = node->pid}, *grown;

		if (node->block || !take_node(node->path, holder.node, sizeof(holder.node)))
			continue;
		memcpy(holder.command, node->command, sizeof(holder.command));
		grown = reallocarray(list.holders, list.n_holders + 1, sizeof(*grown));
		if (!grown) {
			vfio_holder_list_release(&list);
			return -ENOMEM;
		}
		list.holders = grown;
		list.holders[list.n_holders++] = holder;
	}
	*ret = list;
	return 0;
}

int vfio_holders_read(const struct host_root *root, struct vfio_holder_list *ret)
{
	struct open_file_list files;
	int r;

	*ret = (struct vfio_holder_list){0};
	r = open_file_list_read(root, &files);
	if (r < 0)
		return r;
	r = vfio_holders_take(&files, ret);
	open_file_list_release(&files);
	return r;
}

void vfio_holder_list_release(struct vfio_holder_list *list)
{
	free(list->holders);
	*list = (struct vfio_holder_list){0};
}

enum truth vfio_holder_list_find(const struct vfio_holder_list *list, int number,
				 const char *vfio_dev, const struct vfio_holder **ret_holder)
{
	char group[32], noiommu[40], device[64] = "";

	snprintf(group, sizeof(group), NODES "%d", number);
	snprintf(noiommu, sizeof(noiommu), NODES "noiommu-%d", number);
	if (vfio_dev)
		snprintf(device, sizeof(device), NODES "devices/%s", vfio_dev);
	for (size_t i = 0; i < list->n_holders; i++) {
		const char *node = list->holders[i].node;

		if (strcmp(node, group) != 0 && strcmp(node, noiommu) != 0 &&
		    (device[0] == '\0' || strcmp(node, device) != 0))
			continue;
		if (ret_holder)
			*ret_holder = &list->holders[i];
		return TRUTH_YES;
	}
	return list->complete ? TRUTH_NO : TRUTH_UNKNOWN;
}

enum truth vfio_holder_list_find_device(const struct vfio_holder_list *list, const char *vfio_dev,
					const struct vfio_holder **ret_holder)
{
	char device[64];

	snprintf(device, sizeof(device), NODES "devices/%s", vfio_dev);
	for (size_t i = 0; i < list->n_holders; i++) {
		if (strcmp(list->holders[i].node, device) != 0)
			continue;
		if (ret_holder)
			*ret_holder = &list->holders[i];
		return TRUTH_YES;
	}
	return list->complete ? TRUTH_NO : TRUTH_UNKNOWN;
}
