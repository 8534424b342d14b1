/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/class_device.h"
#include "host/in_use_part.h"
#include "host/root_file.h"

#define TABLE_LIMIT (256 << 20)
#define SWAPS "/proc/swaps"

/* Blanks are written "\040" (Documentation/filesystems/proc.rst); undone in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* What is needed of a line of mountinfo (proc(5)). */
struct mount_line {
	unsigned int major, minor;
	char *point;
	char *source;
};

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" */
static bool parse_line(char *line, struct mount_line *ret)
{
	char *word = NULL;

	for (int field = 1; field <= 5; field++) {
		word = host_next_word(&line);
		if (!word || (field == 3 && sscanf(word, "%u:%u", &ret->major, &ret->minor) != 2))
			return false;
	}
	ret->point = word;
	do {
		word = host_next_word(&line);
	} while (word && strcmp(word, "-") != 0);
	if (!word || !host_next_word(&line))
		return false;
	ret->source = host_next_word(&line);
	if (!ret->source)
		return false;
	unescape(ret->point);
	unescape(ret->source);
	return true;
}

/*
 * The member that is mounted: by its number, else by the source, since btrfs and its like show
 * numbers of their own; bcachefs joins the names of several by colons.
 */
static struct block_device *find_mounted(const struct host_root *root, const struct block_set *set,
					 struct mount_line *mount)
{
	struct block_device *device = block_set_find_number(set, mount->major, mount->minor);
	char *part, *rest;

	if (device)
		return device;
	device = block_set_find_path(root, set, mount->source);
	if (device || !strchr(mount->source, ':'))
		return device;
	for (part = strtok_r(mount->source, ":", &rest); part && !device;
	     part = strtok_r(NULL, ":", &rest))
		device = block_set_find_path(root, set, part);
	return device;
}

/* @again: only members that are not known to be mounted yet. */
static int read_table(const struct host_root *root, const struct block_set *set, const char *path,
		      bool again, struct in_use_list *list)
{
	AUTO_FREE char *text = NULL;
	char *cursor, *line;
	int r = host_root_read_all(root, path, TABLE_LIMIT, &text, NULL);

	if (r < 0)
		return r;
	cursor = text;
	while ((line = host_next_line(&cursor))) {
		struct block_device *device;
		struct mount_line mount;

		if (!parse_line(line, &mount))
			continue;
		device = find_mounted(root, set, &mount);
		if (!device || (again && device->mounted))
			continue;
		r = in_use_addf(list, IN_USE_MOUNTED, path, "/dev/%s%s on %s",
				device->mapper ? "mapper/" : "",
				device->mapper ? device->mapper : device->name, mount.point);
		if (r < 0)
			return r;
		device->mounted = true;
		device->claimed = true;
	}
	return 0;
}

/* A mounted btrfs of several devices names but one of them; its folder in sysfs names all. */
static int read_btrfs(const struct host_root *root, const struct block_set *set,
		      struct in_use_list *list)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *uuid;

	if (host_root_list(root, &dir, "/sys/fs/btrfs") < 0)
		return 0;
	while ((uuid = host_dir_next(dir))) {
		for (size_t i = 0; i < set->n_devices; i++) {
			struct block_device *device = &set->devices[i];
			char path[512];
			int r;

			if (device->mounted ||
			    snprintf(path, sizeof(path), "/sys/fs/btrfs/%s/devices/%s", uuid,
				     device->name) >= (int)sizeof(path) ||
			    host_root_exists(root, "%s", path) != 1)
				continue;
			device->mounted = true;
			device->claimed = true;
			r = in_use_addf(list, IN_USE_MOUNTED, path,
					"/dev/%s is part of the mounted btrfs %s", device->name,
					uuid);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int in_use_read_mounts(const struct host_root *root, const struct block_set *set,
		       struct in_use_list *list)
{
	int r = read_table(root, set, "/proc/self/mountinfo", false, list);

	if (r < 0 && r != -ENOMEM)
		r = in_use_list_add(list, IN_USE_NOT_MEASURED,
				    "the mounted file systems could not be read",
				    "/proc/self/mountinfo");
	if (r < 0)
		return r;
	/* We may run in a mount namespace of our own; the first process's counts as well. */
	r = read_table(root, set, "/proc/1/mountinfo", true, list);
	return r == -ENOMEM ? r : read_btrfs(root, set, list);
}

int in_use_read_mounts_elsewhere(const struct host_root *root, const struct block_set *set,
				 struct in_use_list *list)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	struct name_list namespaces = {0};
	const char *pid;
	int r = 0;

	if (host_root_list(root, &dir, "/proc") < 0)
		return 0;
	while (r >= 0 && (pid = host_dir_next(dir))) {
		char space[64], path[NAME_MAX + 32];

		if (pid[strspn(pid, "0123456789")] != '\0' ||
		    host_root_read_link_name(root, space, sizeof(space), "/proc/%s/ns/mnt", pid) <=
			    0)
			continue;
		r = name_list_add(&namespaces, space);
		if (r != 1)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/mountinfo", pid);
		if (read_table(root, set, path, true, list) == -ENOMEM)
			r = -ENOMEM;
	}
	name_list_release(&namespaces);
	return r < 0 ? r : 0;
}

/* "/dev/nvme0n1p2  partition  1048572  0  -2", below a heading. */
int in_use_read_swaps(const struct host_root *root, const struct block_set *set,
		      struct in_use_list *list)
{
	AUTO_FREE char *text = NULL;
	char *cursor, *line;
	int r = host_root_read_all(root, SWAPS, TABLE_LIMIT, &text, NULL);

	/* A kernel without swap has no such file; a captured tree may have left it out. */
	if (r == -ENOENT && root->live)
		return 0;
	if (r < 0)
		return r == -ENOMEM ? r
				    : in_use_list_add(list, IN_USE_NOT_MEASURED,
						      "the swap devices could not be read", SWAPS);
	cursor = text;
	while ((line = host_next_line(&cursor))) {
		struct block_device *device;
		char *path = host_next_word(&line);

		if (!path)
			continue;
		unescape(path);
		device = block_set_find_path(root, set, path);
		if (!device)
			continue;
		device->claimed = true;
		r = in_use_addf(list, IN_USE_SWAP, SWAPS, "/dev/%s%s is swap",
				device->mapper ? "mapper/" : "",
				device->mapper ? device->mapper : device->name);
		if (r < 0)
			return r;
	}
	return 0;
}
