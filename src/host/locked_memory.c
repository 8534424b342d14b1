/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/locked_memory.h"
#include "host/root_file.h"

#define FILE_LIMIT (1 << 16)
/* include/uapi/linux/capability.h */
#define CAP_IPC_LOCK 14

/* The text behind @name at the beginning of a line of /proc/self/@file, to be freed; or NULL. */
static char *read_line(const struct host_root *root, const char *file, const char *name)
{
	AUTO_FREE char *text = NULL;
	char path[64], *cursor, *line;

	snprintf(path, sizeof(path), "/proc/self/%s", file);
	if (host_root_read_all(root, path, FILE_LIMIT, &text, NULL) < 0)
		return NULL;
	cursor = text;
	while ((line = host_next_line(&cursor)))
		if (strncmp(line, name, strlen(name)) == 0)
			return strdup(line + strlen(name));
	return NULL;
}

/* "Max locked memory         8388608              8388608              bytes" */
static bool read_limit(const struct host_root *root, unsigned long long *ret)
{
	AUTO_FREE char *line = read_line(root, "limits", "Max locked memory");
	char word[24];

	if (!line || sscanf(line, "%23s", word) != 1)
		return false;
	if (strcmp(word, "unlimited") == 0) {
		*ret = UINT64_MAX;
		return true;
	}
	return sscanf(word, "%llu", ret) == 1;
}

enum truth host_locked_memory_is_low(const struct host_root *root, size_t wanted, bool by_user,
				     char value[LOCKED_MEMORY_VALUE_SIZE])
{
	AUTO_FREE char *effective = read_line(root, "status", "CapEff:");
	AUTO_FREE char *locked_line = read_line(root, "status", "VmLck:");
	unsigned long long capabilities, limit, locked;

	value[0] = '\0';
	if (!effective || sscanf(effective, "%llx", &capabilities) != 1 ||
	    !read_limit(root, &limit))
		return TRUTH_UNKNOWN;
	if (capabilities >> CAP_IPC_LOCK & 1) {
		snprintf(value, LOCKED_MEMORY_VALUE_SIZE, "exempt by CAP_IPC_LOCK");
		return TRUTH_NO;
	}
	snprintf(value, LOCKED_MEMORY_VALUE_SIZE, limit == UINT64_MAX ? "unlimited" : "%llu bytes",
		 limit);
	if (limit < wanted)
		return TRUTH_YES;
	if (limit == UINT64_MAX)
		return TRUTH_NO;
	if (by_user || !locked_line || sscanf(locked_line, "%llu kB", &locked) != 1)
		return TRUTH_UNKNOWN;
	return truth_of(locked * 1024 + wanted > limit);
}
