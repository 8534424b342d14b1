/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_HANG_H
#define WORKER_HANG_H

#include <sys/types.h>

/*
 * Where process @pid waits in the kernel, and who holds the nodes of @group (-1: none): "process
 * 12 waits in the kernel, in vfio_unregister_group_dev (state D); qemu (pid 9) holds the group".
 * From /proc/PID/stack, else wchan, of this machine; what cannot be read is left out. The caller
 * frees the text; NULL: no memory.
 */
char *worker_hang_explain(pid_t pid, int group);

#endif
