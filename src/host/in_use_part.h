/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_IN_USE_PART_H
#define HOST_IN_USE_PART_H

/* The parts that host_in_use_read() is put together from: private to host/. */

#include <stdbool.h>
#include <stddef.h>

#include "host/root.h"
#include "model/in_use.h"
#include "model/pci_device.h"

/* Appends with the text that @format prints. Returns 0 or -ENOMEM. */
int in_use_addf(struct in_use_list *list, enum in_use id, const char *evidence, const char *format,
		...) __attribute__((format(printf, 4, 5)));

/* Each appends what it finds, IN_USE_NOT_MEASURED included. They return 0 or -ENOMEM. */
int in_use_read_block(const struct host_root *root, const struct pci_device *device,
		      struct in_use_list *list);
int in_use_read_net(const struct host_root *root, const struct pci_device *device,
		    struct in_use_list *list);
int in_use_read_display(const struct pci_device *device, struct in_use_list *list);

/* A disk or partition of the device, or what is built on one (dm, md, loop, bcache). */
struct block_device {
	char *name;
	unsigned int major, minor;
	bool numbered; /* major and minor are known */
	char *mapper;  /* device mapper's name of it, or NULL */
	bool mounted;  /* noted already */
};

struct block_set {
	struct block_device *devices;
	size_t n_devices;
};

/*
 * The member of the set that @path names ("/dev/disk/by-uuid/...", "/dev/mapper/vg-root"), or
 * NULL. @path may end in " (deleted)".
 */
struct block_device *block_set_find_path(const struct host_root *root, const struct block_set *set,
					 const char *path);
struct block_device *block_set_find_number(const struct block_set *set, unsigned int major,
					   unsigned int minor);

/* Note the members that are mounted, and that are swap. Return 0 or -ENOMEM. */
int in_use_read_mounts(const struct host_root *root, const struct block_set *set,
		       struct in_use_list *list);
int in_use_read_swaps(const struct host_root *root, const struct block_set *set,
		      struct in_use_list *list);

#endif
