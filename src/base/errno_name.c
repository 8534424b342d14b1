/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/errno_name.h"

/* The kernel reserves [1, 4095] for errnos; the C library names none above this. */
#define LAST_NAMED_ERRNO 133

const char *errno_name(int err)
{
	if (err <= 0)
		return NULL;
	return strerrorname_np(err);
}

int errno_from_name(const char *name)
{
	if (strcmp(name, "EWOULDBLOCK") == 0)
		return EWOULDBLOCK;
	if (strcmp(name, "ENOTSUP") == 0)
		return ENOTSUP;
	if (strcmp(name, "EDEADLOCK") == 0)
		return EDEADLOCK;
	for (int err = 1; err <= LAST_NAMED_ERRNO; err++) {
		const char *known = strerrorname_np(err);

		if (known && strcmp(known, name) == 0)
			return err;
	}
	return 0;
}

int errno_from_message(const char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr("\r\n\t .", text[length - 1]))
		length--;
	for (int err = 1; err <= LAST_NAMED_ERRNO; err++) {
		const char *message = strerrordesc_np(err);
		size_t size = message ? strlen(message) : 0;

		if (size > 0 && size <= length && strncmp(text + length - size, message, size) == 0)
			return err;
	}
	return 0;
}
