/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

#define FIRST_CHUNK 16384

ssize_t fd_end_text(char *buffer, ssize_t length, size_t size)
{
	if (length < 0)
		return length;
	if ((size_t)length == size)
		return -EMSGSIZE;
	if (length > 0 && buffer[length - 1] == '\n')
		length--;
	buffer[length] = '\0';
	return length;
}

ssize_t fd_read_small(int fd, char *buffer, size_t size)
{
	ssize_t length;

	do {
		length = read(fd, buffer, size);
	} while (length < 0 && errno == EINTR);
	return fd_end_text(buffer, length < 0 ? -errno : length, size);
}

ssize_t fd_read_bytes(int fd, void *buffer, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t length = read(fd, (char *)buffer + used, size - used);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -errno;
		if (length == 0)
			break;
		used += (size_t)length;
	}
	return (ssize_t)used;
}

ssize_t fd_read_small_at(int dirfd, const char *path, char *buffer, size_t size)
{
	AUTO_CLOSE int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd_read_small(fd, buffer, size);
}

int fd_read_all(int fd, size_t limit, char **ret, size_t *ret_size)
{
	AUTO_FREE char *buffer = NULL;
	size_t used = 0, room = 0;

	for (;;) {
		ssize_t length;

		if (used + 1 >= room) {
			char *grown = realloc(buffer, room ? room * 2 : FIRST_CHUNK);

			if (!grown)
				return -ENOMEM;
			room = room ? room * 2 : FIRST_CHUNK;
			buffer = grown;
		}
		length = read(fd, buffer + used, room - used - 1);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -errno;
		if (length == 0)
			break;
		used += (size_t)length;
		if (used > limit)
			return -EFBIG;
	}
	buffer[used] = '\0';
	*ret = buffer;
	buffer = NULL;
	if (ret_size)
		*ret_size = used;
	return 0;
}

int fd_read_all_at(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_size)
{
	AUTO_CLOSE int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd_read_all(fd, limit, ret, ret_size);
}

ssize_t fd_link_name(const char *target, char *buffer, size_t size)
{
	const char *name = strrchr(target, '/');

	name = name ? name + 1 : target;
	if (strlen(name) >= size)
		return -EMSGSIZE;
	strcpy(buffer, name);
	return (ssize_t)strlen(name);
}

ssize_t fd_read_link_name_at(int dirfd, const char *path, char *buffer, size_t size)
{
	char target[4096];
	ssize_t length = readlinkat(dirfd, path, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	return fd_link_name(target, buffer, size);
}

int fd_write_all(int fd, const void *data, size_t size)
{
	const char *cursor = data;

	while (size > 0) {
		ssize_t written = write(fd, cursor, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		cursor += written;
		size -= (size_t)written;
	}
	return 0;
}

int fd_read_exact(int fd, void *data, size_t size)
{
	ssize_t length = fd_read_bytes(fd, data, size);

	if (length < 0)
		return (int)length;
	if ((size_t)length < size)
		return length == 0 ? 0 : -EPIPE;
	return 1;
}
