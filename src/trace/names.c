/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "trace/names.h"
#include "trace/points.h"

void trace_names_make(pid_t pid, uint64_t start, struct trace_names *ret)
{
	unsigned long long number = start;

	snprintf(ret->group, sizeof(ret->group), "iommu_diag_%ld_%llu", (long)pid, number);
	snprintf(ret->instance, sizeof(ret->instance), "iommu-diag-%ld-%llu", (long)pid, number);
	snprintf(ret->record, sizeof(ret->record), ".trace-%ld-%llu", (long)pid, number);
}

bool trace_names_parse(const char *file, pid_t *pid, uint64_t *start)
{
	struct trace_names names;
	unsigned long long number;
	long id;

	if (sscanf(file, ".trace-%18ld-%20llu", &id, &number) != 2 || id <= 0 || id > INT_MAX)
		return false;
	trace_names_make((pid_t)id, number, &names);
	if (strcmp(file, names.record) != 0)
		return false;
	*pid = (pid_t)id;
	*start = number;
	return true;
}

bool trace_next_probe(const char **cursor, const char *group, char event[TRACE_NAME_SIZE])
{
	size_t group_length = strlen(group);

	while (**cursor) {
		const char *line = *cursor, *name;
		size_t length = strcspn(line, "\n"), name_length;

		*cursor = line + length + (line[length] == '\n');
		/* "r128:group/event place arguments" */
		name = memchr(line, ':', length);
		if (!name || strncmp(name + 1, group, group_length) != 0 ||
		    name[1 + group_length] != '/')
			continue;
		name += group_length + 2;
		name_length = strcspn(name, " \n");
		if (name_length == 0 || name_length >= TRACE_NAME_SIZE)
			continue;
		memcpy(event, name, name_length);
		event[name_length] = '\0';
		return true;
	}
	return false;
}

unsigned long trace_profile_missed(const char *text)
{
	unsigned long missed = 0;

	while (*text) {
		char name[TRACE_NAME_SIZE];
		unsigned long lost;

		if (sscanf(text, " %63s %*u %lu", name, &lost) == 2 &&
		    trace_point_from_symbol(name) != TRACE_POINT_COUNT && lost > 0)
			missed = missed + lost < missed ? ULONG_MAX : missed + lost;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return missed;
}
