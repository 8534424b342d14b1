/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "host/class_device.h"
#include "host/in_use_part.h"
#include "host/root_file.h"

#define BLOCK "/sys/class/block"
#define CLASS_STORAGE 0x01

struct block_device *block_set_find_number(const struct block_set *set, unsigned int major,
					   unsigned int minor)
{
	for (size_t i = 0; i < set->n_devices; i++)
		if (set->devices[i].numbered && set->devices[i].major == major &&
		    set->devices[i].minor == minor)
			return &set->devices[i];
	return NULL;
}

static struct block_device *find_name(const struct block_set *set, const char *name)
{
	for (size_t i = 0; i < set->n_devices; i++)
		if (strcmp(set->devices[i].name, name) == 0)
			return &set->devices[i];
	return NULL;
}

static struct block_device *find_mapper(const struct block_set *set, const char *name)
{
	for (size_t i = 0; i < set->n_devices; i++)
		if (set->devices[i].mapper && strcmp(set->devices[i].mapper, name) == 0)
			return &set->devices[i];
	return NULL;
}

struct block_device *block_set_find_path(const struct host_root *root, const struct block_set *set,
					 const char *path)
{
	static const char deleted[] = " (deleted)";
	char copy[PATH_MAX], target[NAME_MAX + 1];
	size_t length = strlen(path);
	struct stat status;
	const char *name;

	if (strncmp(path, "/dev/", 5) != 0 || length >= sizeof(copy))
		return NULL;
	strcpy(copy, path);
	if (length > strlen(deleted) && strcmp(path + length - strlen(deleted), deleted) == 0)
		copy[length - strlen(deleted)] = '\0';
	/* The number is the truth; a node may have any name, or be gone. */
	if (root->live && stat(copy, &status) == 0 && S_ISBLK(status.st_mode))
		return block_set_find_number(set, major(status.st_rdev), minor(status.st_rdev));
	if (host_root_read_link_name(root, target, sizeof(target), "%s", copy) > 0)
		return find_name(set, target);
	if (strncmp(copy, "/dev/mapper/", strlen("/dev/mapper/")) == 0)
		return find_mapper(set, copy + strlen("/dev/mapper/"));
	name = strrchr(copy, '/') + 1;
	return find_name(set, name);
}

static void release_set(struct block_set *set)
{
	for (size_t i = 0; i < set->n_devices; i++) {
		free(set->devices[i].name);
		free(set->devices[i].mapper);
		free(set->devices[i].disk);
	}
	free(set->devices);
	*set = (struct block_set){0};
}

/* The disk of a partition: ".../nvme0n1/nvme0n1p1". NULL for a disk. */
static char *disk_of(const struct host_root *root, const char *name)
{
	char path[NAME_MAX + sizeof(BLOCK) + 2], target[PATH_MAX], *end, *begin;

	if (host_root_exists(root, BLOCK "/%s/partition", name) != 1)
		return NULL;
	snprintf(path, sizeof(path), BLOCK "/%s", name);
	if (host_root_read_link(root, target, sizeof(target), path) < 0)
		return NULL;
	end = strrchr(target, '/');
	if (!end)
		return NULL;
	*end = '\0';
	begin = strrchr(target, '/');
	return begin ? strdup(begin + 1) : NULL;
}

static int add_device(const struct host_root *root, struct block_set *set, const char *name)
{
	struct block_device device = {0}, *grown;
	char text[256];

	if (find_name(set, name))
		return 0;
	grown = reallocarray(set->devices, set->n_devices + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	set->devices = grown;
	device.name = strdup(name);
	if (!device.name)
		return -ENOMEM;
	if (host_root_read(root, text, sizeof(text), BLOCK "/%s/dev", name) > 0)
		device.numbered = sscanf(text, "%u:%u", &device.major, &device.minor) == 2;
	if (host_root_read(root, text, sizeof(text), BLOCK "/%s/dm/name", name) > 0)
		device.mapper = strdup(text);
	device.disk = disk_of(root, name);
	grown[set->n_devices++] = device;
	return 0;
}

static int add_names(const struct host_root *root, struct block_set *set,
		     const struct name_list *names)
{
	int r = 0;

	for (size_t i = 0; i < names->n_names && r == 0; i++)
		r = add_device(root, set, names->names[i]);
	return r;
}

/* Adds what @holder is, and its partitions: an md array can have some. */
static int add_holder(const struct host_root *root, struct block_set *set, const char *holder)
{
	struct name_list partitions = {0};
	char marker[NAME_MAX + 16];
	int r = add_device(root, set, holder);

	if (r < 0)
		return r;
	snprintf(marker, sizeof(marker), "/block/%s/", holder);
	r = class_devices_marked(root, "block", marker, &partitions);
	if (r == 0)
		r = add_names(root, set, &partitions);
	name_list_release(&partitions);
	return r == -ENOMEM ? r : 0;
}

/* What is built on the member @index: device mapper, md, bcache. */
static int read_holders(const struct host_root *root, struct block_set *set, size_t index,
			struct in_use_list *list)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	AUTO_FREE char *member = strdup(set->devices[index].name);
	const char *holder;

	if (!member)
		return -ENOMEM;
	if (host_root_list(root, &dir, BLOCK "/%s/holders", member) < 0)
		return 0;
	while ((holder = host_dir_next(dir))) {
		const struct block_device *added;
		char evidence[2 * NAME_MAX];
		int r = add_holder(root, set, holder);

		if (r < 0)
			return r;
		set->devices[index].claimed = true;
		added = find_name(set, holder);
		snprintf(evidence, sizeof(evidence), BLOCK "/%s/holders", member);
		r = in_use_addf(list, IN_USE_HOLDER, evidence, "/dev/%s is part of /dev/%s%s",
				member, added && added->mapper ? "mapper/" : "",
				added && added->mapper ? added->mapper : holder);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A loop device over a disk holds it open, but is no holder in the eyes of sysfs. */
static int read_loops(const struct host_root *root, struct block_set *set, struct in_use_list *list)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;
	int r = 0;

	if (host_root_list(root, &dir, BLOCK) < 0)
		return 0;
	while (r == 0 && (name = host_dir_next(dir))) {
		char file[PATH_MAX], evidence[NAME_MAX + 64];
		struct block_device *backing;

		if (strncmp(name, "loop", 4) != 0 ||
		    host_root_read(root, file, sizeof(file), BLOCK "/%s/loop/backing_file", name) <=
			    0 ||
		    find_name(set, name))
			continue;
		backing = block_set_find_path(root, set, file);
		if (!backing)
			continue;
		backing->claimed = true;
		snprintf(evidence, sizeof(evidence), BLOCK "/%s/loop/backing_file", name);
		r = in_use_addf(list, IN_USE_HOLDER, evidence, "%s is part of /dev/%s", file, name);
		if (r == 0)
			r = add_holder(root, set, name);
	}
	return r;
}

/* A disk behind a USB controller, at any depth; a card reader without a card is none. */
static int read_usb(const struct in_use_source *source, const struct block_set *set,
		    struct in_use_list *list)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->n_devices; i++) {
		char path[NAME_MAX + sizeof(BLOCK) + 2], target[PATH_MAX], size[32];
		const struct block_device *device = &set->devices[i];
		const char *below;

		snprintf(path, sizeof(path), BLOCK "/%s", device->name);
		if (!device->below || device->disk ||
		    host_root_read_link(source->root, target, sizeof(target), path) < 0)
			continue;
		below = strstr(target, source->marker);
		if (!below || !strstr(below, "/usb") ||
		    (host_root_read(source->root, size, sizeof(size), "%s/size", path) > 0 &&
		     strcmp(size, "0") == 0))
			continue;
		r = in_use_addf(list, IN_USE_USB_STORAGE, path, "/dev/%s is a USB disk of it",
				device->name);
	}
	return r;
}

/* Processes that have one of the disks open, or what is built on one. */
static int read_open(const struct in_use_source *source, const struct block_set *set,
		     struct in_use_list *list)
{
	const struct open_file_list *files = source->files;
	int r = 0;

	for (size_t i = 0; files && r == 0 && i < files->n_nodes; i++) {
		const struct open_node *node = &files->nodes[i];
		const struct block_device *device;
		char evidence[64];

		if (!node->block || !node->numbered)
			continue;
		device = block_set_find_number(set, node->major, node->minor);
		if (!device)
			continue;
		snprintf(evidence, sizeof(evidence), "/proc/%ld/fd", (long)node->pid);
		r = in_use_addf(list, IN_USE_OPEN_BLOCK, evidence, "%s (pid %ld) has /dev/%s open",
				node->command, (long)node->pid, device->name);
	}
	if (r == 0 && source->root->live && (!files || !files->complete))
		r = in_use_list_add(list, IN_USE_NOT_MEASURED,
				    "which processes have its disks open could not be seen",
				    "/proc/PID/fd");
	return r;
}

static int read_set(const struct in_use_source *source, const struct name_list *names,
		    struct block_set *set, struct in_use_list *list)
{
	const struct host_root *root = source->root;
	size_t done = 0;
	int r = add_names(root, set, names);

	for (size_t i = 0; i < set->n_devices; i++)
		set->devices[i].below = true;
	/* The set grows at its end by what is built on its members. */
	while (r == 0 && done < set->n_devices) {
		for (; r == 0 && done < set->n_devices; done++)
			r = read_holders(root, set, done, list);
		if (r == 0)
			r = read_loops(root, set, list);
	}
	if (r == 0)
		r = in_use_read_mounts(root, set, list);
	if (r == 0)
		r = in_use_read_swaps(root, set, list);
	if (r == 0)
		r = read_usb(source, set, list);
	if (r == 0)
		r = read_open(source, set, list);
	return r == 0 ? in_use_probe_block(source, set, list) : r;
}

int in_use_read_block(const struct in_use_source *source, struct in_use_list *list)
{
	unsigned int base_class = in_use_base_class(source->device);
	bool storage = base_class == 0xff || base_class == CLASS_STORAGE;
	struct name_list names = {0};
	struct block_set set = {0};
	int r = class_devices_below(source->root, "block", &source->device->address, &names);

	if (r == 0 && names.n_names > 0)
		r = read_set(source, &names, &set, list);
	else if (r < 0 && r != -ENOMEM && (r != -ENOENT || !source->root->live))
		r = storage ? in_use_list_add(list, IN_USE_NOT_MEASURED,
					      "the block devices could not be listed", BLOCK)
			    : 0;
	else if (r == -ENOENT)
		r = 0;
	name_list_release(&names);
	release_set(&set);
	return r;
}
