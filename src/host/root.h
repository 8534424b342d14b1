/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_ROOT_H
#define HOST_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Every file that host/ reads is read below one root, so that a captured tree can stand in for
 * this machine. Paths are given absolute ("/sys/bus/pci/devices") and resolved below it.
 */
struct host_root {
	int dirfd;
	bool live;    /* this machine: netlink, /dev/kmsg and processes may be asked too */
	char *prefix; /* as given, "" for this machine; for messages */
	struct host_reader *reader; /* of this machine: see host/reader.h; NULL: a tree */
};

/*
 * Opens @prefix, NULL or "/" for this machine. Returns 0 or a negative errno. The caller
 * releases it with host_root_close().
 */
int host_root_open(const char *prefix, struct host_root *ret);
void host_root_close(struct host_root *root);

/*
 * fd_read_small_at() below the root, for the path that @format prints. -ETIMEDOUT: the kernel does
 * not answer, because something else hangs that keeps a lock.
 */
ssize_t host_root_read(const struct host_root *root, char *buffer, size_t size, const char *format,
		       ...) __attribute__((format(printf, 4, 5)));

/*
 * Reads at most @size bytes of the file @path below the root, as they are. Returns the length or
 * a negative errno, as host_root_read().
 */
ssize_t host_root_read_bytes(const struct host_root *root, const char *path, void *buffer,
			     size_t size);

/* fd_read_link_name_at() below the root, for the path that @format prints. */
ssize_t host_root_read_link_name(const struct host_root *root, char *buffer, size_t size,
				 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether the path exists: 1, 0, or a negative errno where that could not be learned. */
int host_root_exists(const struct host_root *root, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Opens a directory below the root. Returns the descriptor or a negative errno. */
int host_root_open_dir(const struct host_root *root, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * openat() below the root for an absolute path; symbolic links are followed within sysfs. What is
 * opened here is read without a deadline: not for attributes of PCI functions or groups.
 */
int host_root_open_file(const struct host_root *root, const char *path, int flags);

#endif
