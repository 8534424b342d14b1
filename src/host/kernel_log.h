/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_KERNEL_LOG_H
#define HOST_KERNEL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel log of a trial window: /dev/kmsg from a mark taken before the first step, every
 * line of it (Documentation/ABI/testing/dev-kmsg). A line that was overwritten before it was
 * read, and a "suppressed" line of the rate limit, make the window incomplete.
 */
struct kernel_log_window {
	int fd; /* -1: /dev/kmsg could not be opened; the window is unknown */
	uint64_t next_sequence;
	bool lost;
};

/* Opens the window here. Returns 0 or a negative errno (then fd is -1, and reading gives none). */
int kernel_log_window_open(struct kernel_log_window *ret);

/*
 * Reads the lines that have come since the last call; each is given to @each without prefix and
 * continuation lines. Returns 0, or a negative errno where reading failed (the window is lost).
 */
int kernel_log_window_read(struct kernel_log_window *window,
			   int (*each)(void *data, const char *line), void *data);

/* Whether every line since the mark has been read. */
bool kernel_log_window_is_complete(const struct kernel_log_window *window);

/* Closes the window; one that was never opened is fine. */
void kernel_log_window_close(struct kernel_log_window *window);

/*
 * Parses one record of /dev/kmsg ("6,339,5140900,-;message\n KEY=value\n"). Returns 0 and the
 * sequence number and the message (in place, terminated), or -EINVAL.
 */
int kernel_log_parse_record(char *record, uint64_t *ret_sequence, char **ret_message);

/*
 * Gives the kernel's lines since boot to @each: from the journal of this boot where there is
 * one, else from the ring buffer (/dev/kmsg from its start). *ret_complete is false where older
 * lines may have been lost. Returns 0 or a negative errno (-EACCES, -EPERM: not allowed).
 */
int kernel_log_read_boot(int (*each)(void *data, const char *line), void *data, bool *ret_complete);

#endif
