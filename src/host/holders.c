/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/holders.h"
#include "host/root_file.h"

#define NODES "/dev/vfio/"
/* The inode of the first process namespace (PROC_PID_INIT_INO, include/linux/proc_ns.h). */
#define FIRST_PID_NAMESPACE "pid:[4026531836]"
/* include/linux/sched.h; the ninth field of /proc/PID/stat. */
#define PF_KTHREAD 0x00200000

/*
 * Puts the node that @target names into @buffer: "/dev/vfio/12", also where it was deleted from
 * the folder, or the process sees /dev elsewhere. False: no node of a group or a device.
 */
static bool take_node(char *target, char *buffer, size_t size)
{
	static const char deleted[] = " (deleted)";
	size_t length = strlen(target);
	const char *name;

	if (length > strlen(deleted) && strcmp(target + length - strlen(deleted), deleted) == 0)
		target[length - strlen(deleted)] = '\0';
	name = strstr(target, "/vfio/");
	if (!name || target[0] != '/')
		return false;
	name += strlen("/vfio/");
	if (!isdigit((unsigned char)name[strcspn(name, "0123456789")]) || strlen(name) > 40)
		return false;
	if (!isdigit((unsigned char)name[0]) && strncmp(name, "noiommu-", 8) != 0 &&
	    strncmp(name, "devices/", 8) != 0)
		return false;
	return snprintf(buffer, size, NODES "%s", name) < (int)size;
}

/* A path that ends like a node's may be a plain file's. */
static bool is_character_device(int fd, const char *name)
{
	struct stat status;

	return fstatat(fd, name, &status, 0) == 0 && S_ISCHR(status.st_mode);
}

static int add_holder(const struct host_root *root, const char *pid, const char *node,
		      struct vfio_holder_list *list)
{
	struct vfio_holder holder = {.pid = (pid_t)strtol(pid, NULL, 10)}, *grown;
	char command[64];

	/* One process often has a node open more than once. */
	for (size_t i = 0; i < list->n_holders; i++)
		if (list->holders[i].pid == holder.pid && strcmp(list->holders[i].node, node) == 0)
			return 0;
	if (host_root_read(root, command, sizeof(command), "/proc/%s/comm", pid) < 0)
		strcpy(command, "?");
	memcpy(holder.command, command, strnlen(command, sizeof(holder.command) - 1));
	memcpy(holder.node, node, strnlen(node, sizeof(holder.node) - 1));
	grown = reallocarray(list->holders, list->n_holders + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->holders = grown;
	list->holders[list->n_holders++] = holder;
	return 0;
}

static bool is_kernel_thread(const struct host_root *root, const char *pid)
{
	char text[1024];
	const char *behind;
	unsigned long flags;

	if (host_root_read(root, text, sizeof(text), "/proc/%s/stat", pid) < 0)
		return false;
	/* The command in parentheses may hold anything, also parentheses. */
	behind = strrchr(text, ')');
	return behind && sscanf(behind + 1, " %*c %*d %*d %*d %*d %*d %lu", &flags) == 1 &&
	       (flags & PF_KTHREAD);
}

static int read_process(const struct host_root *root, const char *pid,
			struct vfio_holder_list *list)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;
	int r = host_root_list(root, &dir, "/proc/%s/fd", pid);

	/* A process that has ended holds nothing. */
	if (r == -ENOENT || r == -ESRCH)
		return 0;
	if (r < 0) {
		if (r == -ENOMEM)
			return r;
		if (!is_kernel_thread(root, pid))
			list->complete = false;
		return 0;
	}
	while ((name = host_dir_next(dir))) {
		char target[PATH_MAX], node[sizeof(list->holders->node)];
		ssize_t length = readlinkat(dirfd(dir), name, target, sizeof(target) - 1);

		if (length < 0) {
			if (errno == EACCES || errno == EPERM)
				list->complete = false;
			continue;
		}
		target[length] = '\0';
		if (!take_node(target, node, sizeof(node)) ||
		    (root->live && !is_character_device(dirfd(dir), name)))
			continue;
		r = add_holder(root, pid, node, list);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Whether /proc shows every process: not in a container's namespace, nor where hidepid hides
 * other users' (process 1 is always somebody's).
 */
static bool shows_everything(const struct host_root *root)
{
	char name[64];

	return root->live &&
	       host_root_read_link_name(root, name, sizeof(name), "/proc/self/ns/pid") > 0 &&
	       strcmp(name, FIRST_PID_NAMESPACE) == 0 && host_root_exists(root, "/proc/1") == 1;
}

int vfio_holders_read(const struct host_root *root, struct vfio_holder_list *ret)
{
	struct vfio_holder_list list = {.complete = shows_everything(root)};
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;
	int r;

	*ret = (struct vfio_holder_list){0};
	r = host_root_list(root, &dir, "/proc");
	if (r < 0)
		return root->live ? r : 0;
	while ((name = host_dir_next(dir))) {
		if (name[strspn(name, "0123456789")] != '\0' ||
		    (root->live && strtol(name, NULL, 10) == getpid()))
			continue;
		r = read_process(root, name, &list);
		if (r < 0) {
			vfio_holder_list_release(&list);
			return r;
		}
	}
	*ret = list;
	return 0;
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
