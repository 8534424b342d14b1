/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_HOLDERS_H
#define HOST_HOLDERS_H

#include <sys/types.h>

#include "host/open_file.h"
#include "host/root.h"
#include "model/truth.h"

/* A process that has a VFIO node open. */
struct vfio_holder {
	pid_t pid;
	char command[16];
	char node[64]; /* "/dev/vfio/12", "/dev/vfio/devices/vfio3" */
};

struct vfio_holder_list {
	struct vfio_holder *holders;
	size_t n_holders;
	bool complete; /* every process could be looked into */
};

/*
 * Finds the processes that hold any node below /dev/vfio (except /dev/vfio/vfio itself), by
 * /proc/PID/fd. Needs root for other users' processes; `complete` says whether all were seen.
 * The calling process itself is left out. Returns 0 or a negative errno.
 */
int vfio_holders_read(const struct host_root *root, struct vfio_holder_list *ret);

/* The same from a look through /proc that was done already. Returns 0 or -ENOMEM. */
int vfio_holders_take(const struct open_file_list *files, struct vfio_holder_list *ret);
void vfio_holder_list_release(struct vfio_holder_list *list);

/*
 * Whether somebody holds group @number or the character device @vfio_dev ("vfio3", NULL for
 * none): YES with the first holder in *ret_holder, NO, or unknown where not all was seen.
 */
enum truth vfio_holder_list_find(const struct vfio_holder_list *list, int number,
				 const char *vfio_dev, const struct vfio_holder **ret_holder);

/* The same for the character device @vfio_dev alone. */
enum truth vfio_holder_list_find_device(const struct vfio_holder_list *list, const char *vfio_dev,
					const struct vfio_holder **ret_holder);

#endif
