/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_READER_H
#define HOST_READER_H

/*
 * Files that the kernel may not answer for as long as something else hangs: a process of its own
 * reads them, and is left behind where it hangs with them. Private to host/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct host_reader;

/* Nothing is started yet. NULL where there is no memory. */
struct host_reader *host_reader_new(void);
void host_reader_free(struct host_reader *reader);

/*
 * Whether reading @path can wait for a lock that a hanging probe, unbind or reset holds. Any other
 * file of a PCI function or of a group is read directly: those of tests/lab/scripts/hang.sh answer
 * while an unbind hangs.
 */
bool host_reader_is_needed(const char *path);

/*
 * Reads @path, at most @size bytes of it, in the process that is kept for that and started with
 * the first call. Returns the length, or a negative errno: -ETIMEDOUT where no answer came
 * within two seconds; the process is left behind then, and what would wait for the same lock is
 * -ETIMEDOUT at once.
 */
ssize_t host_reader_read(struct host_reader *reader, const char *path, void *buffer, size_t size);

#endif
