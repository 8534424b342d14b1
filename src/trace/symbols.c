/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "trace/symbols.h"

#define LINE_MOST 1024

/* The module in "\t[name]"; false where it is none. */
static bool take_module(char *module, const char *text)
{
	size_t length;

	if (text[0] != '\t' || text[1] != '[')
		return false;
	length = strcspn(text + 2, "]");
	if (length == 0 || length >= TRACE_MODULE_SIZE || text[2 + length] != ']')
		return false;
	memcpy(module, text + 2, length);
	module[length] = '\0';
	return true;
}

void trace_symbols_take_line(struct trace_symbols *symbols, const char *line, size_t length)
{
	char text[LINE_MOST], module[TRACE_MODULE_SIZE] = "", *name, *end;
	enum trace_point point;

	if (length >= sizeof(text))
		return;
	memcpy(text, line, length);
	text[length] = '\0';
	name = strchr(text, ' ');
	if (!name || !name[1] || !strchr("tTwW", name[1]) || name[2] != ' ')
		return;
	name += 3;
	end = name + strcspn(name, "\t");
	if (*end != '\0' && !take_module(module, end))
		return;
	*end = '\0';
	point = trace_point_from_symbol(name);
	if (point == TRACE_POINT_COUNT)
		return;
	symbols->found[point]++;
	strcpy(symbols->module[point], module);
}

int trace_symbols_read(struct trace_symbols *ret)
{
	AUTO_FCLOSE FILE *file = fopen("/proc/kallsyms", "re");
	char line[LINE_MOST];

	*ret = (struct trace_symbols){0};
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		trace_symbols_take_line(ret, line, strcspn(line, "\n"));
	return ferror(file) ? -EIO : 0;
}
