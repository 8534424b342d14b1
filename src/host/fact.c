/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/root_file.h"

/* What a sysfs attribute can hold, and its terminator. */
#define ATTRIBUTE_SIZE 4097

int fact_text_set(struct fact_text *fact, const char *text)
{
	char *copy = strdup(text);

	fact_text_release(fact);
	if (!copy)
		return -ENOMEM;
	*fact = (struct fact_text){FACT_KNOWN, copy};
	return 0;
}

int fact_text_take(struct fact_text *fact, ssize_t length, const char *buffer)
{
	fact_text_release(fact);
	if (length == -ENOENT)
		fact->state = FACT_ABSENT;
	if (length < 0)
		return 0;
	return fact_text_set(fact, buffer);
}

bool number_parse(const char *text, int base, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	/* strtoull() itself would take signs and spaces. */
	if (!((*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'f') ||
	      (*text >= 'A' && *text <= 'F')))
		return false;
	errno = 0;
	value = strtoull(text, &end, base);
	if (errno != 0 || end == text || *end != '\0')
		return false;
	*ret = value;
	return true;
}

struct fact_number fact_number_take(ssize_t length, const char *buffer)
{
	struct fact_number fact = {FACT_UNKNOWN, 0};

	if (length == -ENOENT)
		fact.state = FACT_ABSENT;
	else if (length >= 0 && number_parse(buffer, 0, &fact.number))
		fact.state = FACT_KNOWN;
	return fact;
}

int fact_text_read(struct fact_text *fact, const struct host_root *root, const char *format, ...)
{
	char path[PATH_MAX], buffer[ATTRIBUTE_SIZE];
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = host_path_format(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (r < 0)
		return fact_text_take(fact, r, buffer);
	return fact_text_take(fact, host_root_read(root, buffer, sizeof(buffer), "%s", path),
			      buffer);
}

struct fact_number fact_number_read(const struct host_root *root, const char *format, ...)
{
	char path[PATH_MAX], buffer[64];
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = host_path_format(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (r < 0)
		return fact_number_take(r, buffer);
	return fact_number_take(host_root_read(root, buffer, sizeof(buffer), "%s", path), buffer);
}

int fact_node_read(struct fact_text *fact, const struct host_root *root, const char *format, ...)
{
	char path[PATH_MAX], text[64];
	AUTO_CLOSE int fd = -1;
	struct stat status;
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = host_path_format(path, sizeof(path), format, arguments);
	va_end(arguments);
	fd = r < 0 ? r : host_root_open_file(root, path, O_PATH);
	if (fd < 0 || fstat(fd, &status) < 0) {
		fact_text_release(fact);
		fact->state = root->live && (fd == -ENOENT || fd == -ENOTDIR) ? FACT_ABSENT
									      : FACT_UNKNOWN;
		return 0;
	}
	snprintf(text, sizeof(text), "mode %04o, owner %u:%u", (unsigned)(status.st_mode & 07777),
		 status.st_uid, status.st_gid);
	return fact_text_set(fact, text);
}
