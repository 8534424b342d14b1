/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_ROOT_FILE_H
#define HOST_ROOT_FILE_H

/* Whole files and directories below the root: private to host/. */

#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>

#include "host/root.h"

/* Prints a path into @buffer. Returns 0 or -ENAMETOOLONG. */
int host_path_format(char *buffer, size_t size, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

/*
 * Reads the whole file @path below the root, at most @limit bytes, into a new zero-terminated
 * buffer that the caller frees; *ret_size may be NULL. Returns 0 or a negative errno, -EFBIG
 * over @limit.
 */
int host_root_read_all(const struct host_root *root, const char *path, size_t limit, char **ret,
		       size_t *ret_size);

/* The target of the symbolic link @path, as written. Returns the length or a negative errno. */
ssize_t host_root_read_link(const struct host_root *root, char *buffer, size_t size,
			    const char *path);

/* Opens the directory that @format prints, for host_dir_next(). Returns 0 or a negative errno. */
int host_root_list(const struct host_root *root, DIR **ret, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The next name that does not begin with a dot, NULL at the end. */
const char *host_dir_next(DIR *dir);

/*
 * Cuts the next line off *@cursor: returns it without its newline, and moves *@cursor on; NULL
 * at the end. Writes into the text.
 */
char *host_next_line(char **cursor);

/* Cuts the next word off *@cursor, as host_next_line() does for lines; blanks separate words. */
char *host_next_word(char **cursor);

#endif
