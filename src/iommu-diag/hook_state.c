/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "iommu-diag/hook_state.h"

#define UUID_LENGTH 36

/* Opens the folder, made where it is missing; -1 without one. */
static int open_folder(const struct hook_call *call)
{
	AUTO_FREE char *parent = strdup(call->state_folder);
	char *slash = parent ? strrchr(parent, '/') : NULL;

	if (slash && slash != parent) {
		*slash = '\0';
		mkdir(parent, 0755);
	}
	mkdir(call->state_folder, 0700);
	return open(call->state_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

static bool is_uuid(const char *uuid)
{
	return uuid && strlen(uuid) == UUID_LENGTH &&
	       strspn(uuid, "0123456789abcdefABCDEF-") == UUID_LENGTH;
}

void hook_state_begin(const struct hook_call *call, const char *uuid)
{
	AUTO_CLOSE int folder = is_uuid(uuid) ? open_folder(call) : -1;
	AUTO_CLOSE int file = -1;

	if (folder >= 0)
		file = openat(folder, uuid, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool hook_state_end(const struct hook_call *call, const char *uuid)
{
	AUTO_CLOSE int folder = is_uuid(uuid) ? open_folder(call) : -1;

	return folder >= 0 && unlinkat(folder, uuid, 0) == 0;
}
