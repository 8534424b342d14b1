/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

/* As the two below, from a descriptor that stays open. */
ssize_t fd_read_small(int fd, char *buffer, size_t size);
int fd_read_all(int fd, size_t limit, char **ret, size_t *ret_size);

/*
 * Makes a text of the @length bytes that a read has put into @buffer: terminates it and cuts the
 * trailing newline. A negative @length is handed on. Returns the text's length, or -EMSGSIZE
 * where the bytes fill the buffer.
 */
ssize_t fd_end_text(char *buffer, ssize_t length, size_t size);

/*
 * Reads @size bytes, or up to the end of the file where there are fewer. Returns the length or a
 * negative errno.
 */
ssize_t fd_read_bytes(int fd, void *buffer, size_t size);

/*
 * Reads the small file @path below the directory @dirfd into @buffer, terminates it and cuts
 * the trailing newline. One open, one read, one close: for sysfs attributes, which answer a
 * single read. Returns the length, or a negative errno; -EMSGSIZE where it did not fit.
 */
ssize_t fd_read_small_at(int dirfd, const char *path, char *buffer, size_t size);

/*
 * Reads the whole file @path below @dirfd, at most @limit bytes, into a new zero-terminated
 * buffer that the caller frees. Returns 0, or a negative errno; -EFBIG over @limit.
 */
int fd_read_all_at(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_size);

/*
 * Puts the last component of the target of the symbolic link @path below @dirfd into @buffer.
 * Returns the length, or a negative errno; -EMSGSIZE where it did not fit.
 */
ssize_t fd_read_link_name_at(int dirfd, const char *path, char *buffer, size_t size);

/* As fd_read_link_name_at() for a link's @target that was read already. */
ssize_t fd_link_name(const char *target, char *buffer, size_t size);

/* Writes all of @data, restarting after signals. Returns 0 or a negative errno. */
int fd_write_all(int fd, const void *data, size_t size);

/* Reads exactly @size bytes. Returns 1, 0 at a clean end of file, or a negative errno. */
int fd_read_exact(int fd, void *data, size_t size);

#endif
