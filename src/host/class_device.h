/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_CLASS_DEVICE_H
#define HOST_CLASS_DEVICE_H

/*
 * Which interfaces and block devices are below which PCI function, by the targets of the links
 * in /sys/class: private to host/.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/pci_address.h"
#include "host/root.h"

/* Paths of one NVMe disk; more are not followed. */
#define CLASS_PARENTS_MAX 16

/*
 * Fills @ret with the functions that the device @name of class "net" or "block" is behind: the
 * nearest one; with NVMe multipath, all controllers of the disk's subsystem. Returns how many,
 * 0 for a device that is behind none, or -ENOENT where there is no such device.
 */
int class_device_parents(const struct host_root *root, const char *class_name, const char *name,
			 struct pci_address ret[CLASS_PARENTS_MAX]);

/* Names, to be released with name_list_release(). */
struct name_list {
	char **names;
	size_t n_names;
};

/* Appends a copy unless the name is there. Returns 1 where it was new, 0, or -ENOMEM. */
int name_list_add(struct name_list *list, const char *name);
bool name_list_has(const struct name_list *list, const char *name);
void name_list_release(struct name_list *list);

/*
 * Append the links in @folder, or the devices of @class_name, that have @marker ("/md0/") in
 * their target, or that are anywhere below the function at @address. Return 0, -ENOMEM, or the
 * errno of a folder that could not be listed (-ENOENT: the kernel has none).
 */
int links_marked(const struct host_root *root, const char *folder, const char *marker,
		 struct name_list *list);
int class_devices_marked(const struct host_root *root, const char *class_name, const char *marker,
			 struct name_list *list);
int class_devices_below(const struct host_root *root, const char *class_name,
			const struct pci_address *address, struct name_list *list);

#endif
