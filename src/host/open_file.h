/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_OPEN_FILE_H
#define HOST_OPEN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/root.h"

/* A character or block device that a process has open. */
struct open_node {
	pid_t pid;
	char command[16];
	char path[64]; /* as the process sees it: "/dev/dri/card0" */
	bool block;
	bool numbered; /* major and minor are known */
	unsigned int major, minor;
};

/* A socket of a process that may carry the session of a person. */
struct open_socket {
	pid_t pid;
	char command[16];
	uint64_t inode;
	bool ancestor; /* the process is one of those that we were started from */
};

struct open_file_list {
	struct open_node *nodes;
	size_t n_nodes;
	struct open_socket *sockets;
	size_t n_sockets;
	bool complete; /* every process could be looked into */
};

/*
 * Looks once through /proc/PID/fd of every process: all device nodes; and the sockets of the
 * processes that this one descends from, and of SSH servers. Needs root for other users'
 * processes; `complete` says whether all were seen. The calling process itself is left out.
 * Returns 0 or a negative errno.
 */
int open_file_list_read(const struct host_root *root, struct open_file_list *ret);
void open_file_list_release(struct open_file_list *list);

#endif
