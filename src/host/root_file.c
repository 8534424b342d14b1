/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "host/reader.h"
#include "host/root_file.h"

int host_path_format(char *buffer, size_t size, const char *format, va_list arguments)
{
	int length = vsnprintf(buffer, size, format, arguments);

	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

/* The attributes that need a deadline are a page at most. */
#define ATTRIBUTE_LIMIT 4096

static int read_all_guarded(const struct host_root *root, const char *path, size_t limit,
			    char **ret, size_t *ret_size)
{
	char *buffer = malloc(ATTRIBUTE_LIMIT + 1);
	ssize_t length;

	if (!buffer)
		return -ENOMEM;
	length = host_root_read_bytes(root, path, buffer, ATTRIBUTE_LIMIT);
	if (length < 0 || (size_t)length > limit) {
		free(buffer);
		return length < 0 ? (int)length : -EFBIG;
	}
	buffer[length] = '\0';
	*ret = buffer;
	if (ret_size)
		*ret_size = (size_t)length;
	return 0;
}

int host_root_read_all(const struct host_root *root, const char *path, size_t limit, char **ret,
		       size_t *ret_size)
{
	AUTO_CLOSE int fd = -1;

	if (root->reader && host_reader_is_needed(path))
		return read_all_guarded(root, path, limit, ret, ret_size);
	fd = host_root_open_file(root, path, O_RDONLY | O_NONBLOCK);
	return fd < 0 ? fd : fd_read_all(fd, limit, ret, ret_size);
}

int host_root_list(const struct host_root *root, DIR **ret, const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	int fd, r;

	va_start(arguments, format);
	r = host_path_format(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (r < 0)
		return r;
	fd = host_root_open_dir(root, "%s", path);
	if (fd < 0)
		return fd;
	*ret = fdopendir(fd);
	if (!*ret) {
		r = -errno;
		close(fd);
		return r;
	}
	return 0;
}

const char *host_dir_next(DIR *dir)
{
	struct dirent *entry;

	do {
		entry = readdir(dir);
	} while (entry && entry->d_name[0] == '.');
	return entry ? entry->d_name : NULL;
}

static char *cut(char **cursor, const char *separators)
{
	char *start = *cursor;
	size_t length = strcspn(start, separators);

	*cursor = start + length;
	if (start[length] != '\0') {
		start[length] = '\0';
		(*cursor)++;
	}
	return start;
}

char *host_next_line(char **cursor)
{
	return **cursor == '\0' ? NULL : cut(cursor, "\n");
}

char *host_next_word(char **cursor)
{
	*cursor += strspn(*cursor, " \t\r\n");
	return **cursor == '\0' ? NULL : cut(cursor, " \t\r\n");
}
