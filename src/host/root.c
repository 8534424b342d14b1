/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "host/reader.h"
#include "host/root.h"
#include "host/root_file.h"

int host_root_open(const char *prefix, struct host_root *ret)
{
	bool live = !prefix || strcmp(prefix, "/") == 0;
	struct host_root root = {.live = live};

	root.prefix = strdup(live ? "" : prefix);
	if (!root.prefix)
		return -ENOMEM;
	root.dirfd = open(live ? "/" : prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root.dirfd < 0) {
		int r = -errno;

		free(root.prefix);
		return r;
	}
	root.reader = live ? host_reader_new() : NULL;
	*ret = root;
	if (live && !root.reader) {
		host_root_close(ret);
		return -ENOMEM;
	}
	return 0;
}

void host_root_close(struct host_root *root)
{
	if (root->prefix)
		close(root->dirfd);
	free(root->prefix);
	host_reader_free(root->reader);
	*root = (struct host_root){.dirfd = -1};
}

/*
 * A captured tree is somebody else's data: its links must not lead out of it into this machine,
 * so that without openat2() (kernels before 5.6) it is not read at all.
 */
int host_root_open_file(const struct host_root *root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	if (root->live)
		fd = openat(root->dirfd, path, flags | O_CLOEXEC);
	else
		fd = syscall(SYS_openat2, root->dirfd, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

ssize_t host_root_read_bytes(const struct host_root *root, const char *path, void *buffer,
			     size_t size)
{
	AUTO_CLOSE int fd = -1;

	if (root->reader && host_reader_is_needed(path))
		return host_reader_read(root->reader, path, buffer, size);
	fd = host_root_open_file(root, path, O_RDONLY | O_NONBLOCK);
	return fd < 0 ? fd : fd_read_bytes(fd, buffer, size);
}

/* As fd_read_small_at(), which can neither keep a path below a root nor keep a deadline. */
static ssize_t read_small(const struct host_root *root, const char *path, char *buffer, size_t size)
{
	if (root->live && !host_reader_is_needed(path))
		return fd_read_small_at(root->dirfd, path, buffer, size);
	return fd_end_text(buffer, host_root_read_bytes(root, path, buffer, size), size);
}

ssize_t host_root_read(const struct host_root *root, char *buffer, size_t size, const char *format,
		       ...)
{
	char path[PATH_MAX];
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = host_path_format(path, sizeof(path), format, arguments);
	va_end(arguments);
	return r < 0 ? r : read_small(root, path, buffer, size);
}

ssize_t host_root_read_link(const struct host_root *root, char *buffer, size_t size,
			    const char *path)
{
	AUTO_CLOSE int fd = -1;
	ssize_t length;

	if (root->live) {
		length = readlinkat(root->dirfd, path, buffer, size);
	} else {
		fd = host_root_open_file(root, path, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			return fd;
		length = readlinkat(fd, "", buffer, size);
		/* An empty path on something that is no link answers ENOENT, not EINVAL. */
		if (length < 0 && errno == ENOENT)
			errno = EINVAL;
	}
	if (length < 0)
		return -errno;
	if ((size_t)length == size)
		return -EMSGSIZE;
	buffer[length] = '\0';
	return length;
}

ssize_t host_root_read_link_name(const struct host_root *root, char *buffer, size_t size,
				 const char *format, ...)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t length;
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = host_path_format(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (r < 0)
		return r;
	length = host_root_read_link(root, target, sizeof(target), path);
	return length < 0 ? length : fd_link_name(target, buffer, size);
}

int host_root_exists(const struct host_root *root, const char *format, ...)
{
	AUTO_CLOSE int fd = -1;
	char path[PATH_MAX];
	struct stat status;
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = host_path_format(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (r < 0)
		return r;
	if (root->live) {
		r = fstatat(root->dirfd, path, &status, 0) < 0 ? -errno : 0;
	} else {
		fd = host_root_open_file(root, path, O_PATH);
		r = fd < 0 ? fd : 0;
	}
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	return r < 0 ? r : 1;
}

int host_root_open_dir(const struct host_root *root, const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = host_path_format(path, sizeof(path), format, arguments);
	va_end(arguments);
	return r < 0 ? r : host_root_open_file(root, path, O_RDONLY | O_DIRECTORY);
}
