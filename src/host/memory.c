/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/memory.h"
#include "host/root_file.h"

#define MEMINFO "/proc/meminfo"
#define CGROUPS "/sys/fs/cgroup"
#define FILE_LIMIT (1 << 20)

static struct fact_number read_meminfo(const struct host_root *root)
{
	struct fact_number fact = {FACT_UNKNOWN, 0};
	AUTO_FREE char *text = NULL;
	unsigned long long kilobytes;
	const char *line;

	if (host_root_read_all(root, MEMINFO, FILE_LIMIT, &text, NULL) < 0)
		return fact;
	line = strstr(text, "MemAvailable:");
	if (line && sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
		fact = (struct fact_number){FACT_KNOWN, kilobytes * 1024};
	return fact;
}

/* "0::/system.slice/x.service": the path of the cgroup v2 of this process, "" for the root. */
static bool read_cgroup(const struct host_root *root, char *buffer, size_t size)
{
	AUTO_FREE char *text = NULL;
	char *cursor, *line;

	if (host_root_read_all(root, "/proc/self/cgroup", FILE_LIMIT, &text, NULL) < 0)
		return false;
	cursor = text;
	while ((line = host_next_line(&cursor))) {
		if (strncmp(line, "0::/", 4) != 0 || strstr(line, ".."))
			continue;
		return snprintf(buffer, size, "%s", line[4] ? line + 3 : "") < (int)size;
	}
	return false;
}

/* The page cache of the cgroup, which makes way for whatever else is asked for. */
static uint64_t read_cache(const struct host_root *root, const char *cgroup)
{
	static const char *const names[] = {"active_file ", "inactive_file "};
	AUTO_FREE char *text = NULL;
	char path[HOST_MEMORY_WHERE_SIZE], *cursor, *line;
	unsigned long long bytes, sum = 0;

	snprintf(path, sizeof(path), CGROUPS "%s/memory.stat", cgroup);
	if (host_root_read_all(root, path, FILE_LIMIT, &text, NULL) < 0)
		return 0;
	cursor = text;
	while ((line = host_next_line(&cursor)))
		for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
			if (strncmp(line, names[i], strlen(names[i])) == 0 &&
			    sscanf(line + strlen(names[i]), "%llu", &bytes) == 1)
				sum += bytes;
	return sum;
}

/* What memory.max leaves to the cgroup; "max", and the root's missing file, set no limit. */
static void take_limit(const struct host_root *root, const char *cgroup,
		       struct fact_number *available, char where[HOST_MEMORY_WHERE_SIZE])
{
	struct fact_number limit = fact_number_read(root, CGROUPS "%s/memory.max", cgroup);
	struct fact_number used = fact_number_read(root, CGROUPS "%s/memory.current", cgroup);
	uint64_t left, cache;

	if (limit.state != FACT_KNOWN || used.state != FACT_KNOWN)
		return;
	cache = read_cache(root, cgroup);
	used.number -= cache < used.number ? cache : used.number;
	left = limit.number > used.number ? limit.number - used.number : 0;
	if (available->state == FACT_KNOWN && available->number <= left)
		return;
	*available = (struct fact_number){FACT_KNOWN, left};
	snprintf(where, HOST_MEMORY_WHERE_SIZE, CGROUPS "%s/memory.max", cgroup);
}

struct fact_number host_memory_available(const struct host_root *root,
					 char where[HOST_MEMORY_WHERE_SIZE])
{
	struct fact_number available = read_meminfo(root);
	char cgroup[256];

	snprintf(where, HOST_MEMORY_WHERE_SIZE, MEMINFO " MemAvailable");
	if (!read_cgroup(root, cgroup, sizeof(cgroup)))
		return available;
	while (cgroup[0] != '\0') {
		take_limit(root, cgroup, &available, where);
		*strrchr(cgroup, '/') = '\0';
	}
	return available;
}
