/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "host/in_use_part.h"

#define BLOCK "/sys/class/block"

/* A disk's partitions claim the disk with them (block/bdev.c, bd_prepare_to_claim()). */
static bool is_claimed(const struct block_set *set, const struct block_device *device)
{
	if (device->claimed)
		return true;
	for (size_t i = 0; i < set->n_devices; i++)
		if (set->devices[i].disk && set->devices[i].claimed &&
		    strcmp(set->devices[i].disk, device->name) == 0)
			return true;
	return false;
}

static int add_content(const char *name, const char *type, const char *what, const char *evidence,
		       struct in_use_list *list)
{
	return in_use_addf(list, IN_USE_DATA, evidence, "/dev/%s holds %s (%s)", name, what, type);
}

/* Returns 1 where udev knows of content, 0 where it does not, or -ENOMEM. */
static int ask_udev(const struct block_device *device, struct in_use_list *list)
{
	struct udev *udev = udev_new();
	struct udev_device *entry = NULL;
	const char *type = NULL, *table = NULL;
	int r = 0;

	if (udev)
		entry = udev_device_new_from_devnum(udev, 'b',
						    makedev(device->major, device->minor));
	if (entry && udev_device_get_is_initialized(entry) > 0) {
		type = udev_device_get_property_value(entry, "ID_FS_TYPE");
		/* A partition has its disk's table among its own properties. */
		if (!device->disk)
			table = udev_device_get_property_value(entry, "ID_PART_TABLE_TYPE");
	}
	if (type)
		r = add_content(device->name, type, "data", "udev: ID_FS_TYPE", list);
	else if (table)
		r = add_content(device->name, table, "a partition table",
				"udev: ID_PART_TABLE_TYPE", list);
	udev_device_unref(entry);
	udev_unref(udev);
	return r < 0 ? r : type || table;
}

static int take_probed(blkid_probe probe, const struct block_device *device,
		       struct in_use_list *list)
{
	const char *type = NULL;

	if (blkid_probe_lookup_value(probe, "TYPE", &type, NULL) == 0)
		return add_content(device->name, type, "data", "libblkid: TYPE", list);
	if (blkid_probe_lookup_value(probe, "PTTYPE", &type, NULL) == 0)
		return add_content(device->name, type, "a partition table", "libblkid: PTTYPE",
				   list);
	return 0;
}

static int read_signatures(int fd, const struct block_device *device, struct in_use_list *list)
{
	blkid_probe probe = blkid_new_probe();
	int r, found = -1;

	if (!probe)
		return -ENOMEM;
	if (blkid_probe_set_device(probe, fd, 0, 0) == 0) {
		blkid_probe_enable_superblocks(probe, 1);
		blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE);
		blkid_probe_enable_partitions(probe, 1);
		found = blkid_do_safeprobe(probe);
	}
	if (found == 0)
		r = take_probed(probe, device, list);
	else if (found == -2)
		r = add_content(device->name, "several signatures", "data", "libblkid: TYPE", list);
	else if (found < 0)
		r = in_use_addf(list, IN_USE_NOT_MEASURED, "libblkid",
				"what is on /dev/%s could not be read", device->name);
	else
		r = 0;
	blkid_free_probe(probe);
	return r;
}

static int note_exclusive(const struct in_use_source *source, const struct block_set *set,
			  const struct block_device *device, struct in_use_list *list)
{
	char evidence[NAME_MAX + 48];
	int r = in_use_read_mounts_elsewhere(source->root, set, list);

	if (r < 0 || is_claimed(set, device))
		return r;
	snprintf(evidence, sizeof(evidence), "open(/dev/%s, O_EXCL): EBUSY", device->name);
	return in_use_addf(list, IN_USE_OPEN_BLOCK, evidence, "/dev/%s is held exclusively",
			   device->name);
}

/* The node of a kernel name; one that is another device's is not used. */
static int open_node(const struct host_root *root, const struct block_device *device)
{
	char path[NAME_MAX + 8];
	struct stat status;
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", device->name);
	for (char *c = path; *c; c++)
		if (*c == '!')
			*c = '/';
	fd = host_root_open_file(root, path, O_RDONLY | O_EXCL | O_NONBLOCK);
	if (fd < 0)
		return fd;
	if (fstat(fd, &status) == 0 && S_ISBLK(status.st_mode) &&
	    status.st_rdev == makedev(device->major, device->minor))
		return fd;
	close(fd);
	return -ENODEV;
}

static int probe_device(const struct in_use_source *source, const struct block_set *set,
			const struct block_device *device, struct in_use_list *list)
{
	AUTO_CLOSE int fd = open_node(source->root, device);
	char evidence[NAME_MAX + 8];
	int known;

	if (fd == -EBUSY)
		return note_exclusive(source, set, device, list);
	if (fd == -ENOMEDIUM)
		return 0;
	known = ask_udev(device, list);
	if (known != 0)
		return known < 0 ? known : 0;
	if (fd >= 0)
		return read_signatures(fd, device, list);
	snprintf(evidence, sizeof(evidence), "/dev/%s", device->name);
	return in_use_addf(list, IN_USE_NOT_MEASURED, evidence,
			   "what is on /dev/%s, and who holds it, could not be read: %s",
			   device->name, strerrordesc_np(-fd));
}

static bool is_worth_asking(const struct in_use_source *source, const struct block_set *set,
			    const struct block_device *device)
{
	char size[32];

	/*
	 * An optical drive may move a tray, a floppy its motor; and no host runs from one. One
	 * path of several to an NVMe disk has no number and no node: the disk of all has.
	 */
	if (!device->below || (source->root->live && !device->numbered) ||
	    is_claimed(set, device) || strncmp(device->name, "sr", 2) == 0 ||
	    strncmp(device->name, "fd", 2) == 0)
		return false;
	return host_root_read(source->root, size, sizeof(size), BLOCK "/%s/size", device->name) <=
		       0 ||
	       strcmp(size, "0") != 0;
}

int in_use_probe_block(const struct in_use_source *source, const struct block_set *set,
		       struct in_use_list *list)
{
	int r = 0;

	/* A reader of a disk that fell off the bus waits for its driver's time-outs. */
	if (set->n_devices > 0 && source->device->config_all_ones == TRUTH_YES)
		return in_use_list_add(list, IN_USE_NOT_MEASURED,
				       "what is on its disks was not read: it does not answer",
				       "its configuration space reads all ones");
	for (size_t i = 0; r == 0 && i < set->n_devices; i++) {
		const struct block_device *device = &set->devices[i];

		if (!is_worth_asking(source, set, device))
			continue;
		if (!source->root->live)
			return in_use_list_add(list, IN_USE_NOT_MEASURED,
					       "what is on its disks, and who has them open, is "
					       "not in a captured tree",
					       BLOCK);
		r = probe_device(source, set, device, list);
	}
	return r;
}
