/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_IN_USE_PART_H
#define HOST_IN_USE_PART_H

/* The parts that host_in_use_read() is put together from: private to host/. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/open_file.h"
#include "host/root.h"
#include "model/in_use.h"
#include "model/pci_device.h"

/* Appends with the text that @format prints. Returns 0 or -ENOMEM. */
int in_use_addf(struct in_use_list *list, enum in_use id, const char *evidence, const char *format,
		...) __attribute__((format(printf, 4, 5)));

/* The function that is asked about, and how to ask. */
struct in_use_source {
	const struct host_root *root;
	const struct open_file_list *files; /* NULL: processes could not be looked into */
	const struct pci_device *device;
	char marker[PCI_ADDRESS_SIZE + 2]; /* "/0000:00:03.0/": in the path of all below it */
};

/* The base class, or 0xff where it is not known. */
unsigned int in_use_base_class(const struct pci_device *device);

/* Whether a driver of the host's own works the function: known, and not VFIO's or a stub. */
bool in_use_has_host_driver(const struct pci_device *device);

/* Each appends what it finds, IN_USE_NOT_MEASURED included. They return 0 or -ENOMEM. */
int in_use_read_block(const struct in_use_source *source, struct in_use_list *list);
int in_use_read_net(const struct in_use_source *source, struct in_use_list *list);
int in_use_read_display(const struct in_use_source *source, struct in_use_list *list);
int in_use_read_peripherals(const struct in_use_source *source, struct in_use_list *list);
int in_use_read_nodes(const struct in_use_source *source, struct in_use_list *list);
int in_use_read_vfio(const struct in_use_source *source, struct in_use_list *list);

/* What host_in_use_read() is put together from, and what each looks at. */
#define IN_USE_PARTS 6
struct in_use_part {
	const char *what;
	int (*read)(const struct in_use_source *source, struct in_use_list *list);
};
extern const struct in_use_part in_use_parts[IN_USE_PARTS];

/*
 * Every part, on this machine: in a process of its own, because a disk that does not answer or a
 * lock of the network that is held for ever keeps its reader. A part without an answer in time is
 * IN_USE_NOT_MEASURED. Returns 0 or -ENOMEM.
 */
int in_use_read_detached(const struct in_use_source *source, struct in_use_list *list);

/* One established TCP connection of a process that may carry somebody's session. */
struct session {
	const struct open_socket *socket;
	int family;
	uint8_t local[16], remote[16]; /* network byte order; 4 bytes for AF_INET */
};

struct session_list {
	struct session *sessions;
	size_t n_sessions;
};

/* Finds the sockets of @source->files in /proc/self/net/tcp and tcp6. Returns 0 or -ENOMEM. */
int session_list_read(const struct in_use_source *source, struct session_list *ret);

/* A disk or partition of the device, or what is built on one (dm, md, loop, bcache). */
struct block_device {
	char *name;
	unsigned int major, minor;
	bool numbered; /* major and minor are known */
	char *mapper;  /* device mapper's name of it, or NULL */
	char *disk;    /* of a partition: the name of its disk; else NULL */
	bool below;    /* of the device itself, not built on it */
	bool mounted;  /* noted already */
	bool claimed;  /* mounted, swap, or part of another device */
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

/* Looks for @device, which somebody holds, in the mounts of all other namespaces. */
int in_use_read_mounts_elsewhere(const struct host_root *root, const struct block_set *set,
				 struct in_use_list *list);

/*
 * Asks of every disk and partition of the device that nobody is known to use whether somebody
 * holds it exclusively, and what is on it: udev's database, else libblkid. Opens for reading
 * only. Returns 0 or -ENOMEM.
 */
int in_use_probe_block(const struct in_use_source *source, const struct block_set *set,
		       struct in_use_list *list);

#endif
