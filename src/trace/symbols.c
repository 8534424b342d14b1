/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "trace/symbols.h"

#define LINE_MOST 1024
#define NAME_MOST 128
#define BUFFER_SIZE (64 << 10)

/* The module in "\t[name]"; false where it is none. */
static bool take_module(char *module, const char *text, size_t length)
{
	const char *end = length > 2 && text[1] == '[' ? memchr(text, ']', length) : NULL;
	size_t named = end ? (size_t)(end - text) - 2 : 0;

	if (named == 0 || named >= TRACE_MODULE_SIZE)
		return false;
	memcpy(module, text + 2, named);
	module[named] = '\0';
	return true;
}

/* Where the name begins in "address kind name", NULL where it is no function's. */
static const char *find_name(const char *line, size_t length)
{
	const char *kind = memchr(line, ' ', length);

	if (!kind || line + length - kind < 4 || kind[2] != ' ')
		return NULL;
	return kind[1] == 't' || kind[1] == 'T' || kind[1] == 'w' || kind[1] == 'W' ? kind + 3
										    : NULL;
}

void trace_symbols_take_line(struct trace_symbols *symbols, const char *line, size_t length)
{
	const char *name = find_name(line, length), *end = line + length, *tab;
	char text[NAME_MOST], module[TRACE_MODULE_SIZE] = "";
	enum trace_point point;

	if (!name)
		return;
	tab = memchr(name, '\t', (size_t)(end - name));
	if (tab && !take_module(module, tab, (size_t)(end - tab)))
		return;
	if (tab)
		end = tab;
	if ((size_t)(end - name) >= sizeof(text))
		return;
	memcpy(text, name, (size_t)(end - name));
	text[end - name] = '\0';
	point = trace_point_from_symbol(text);
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
	/* Some ten megabytes, which the kernel makes while they are read. */
	setvbuf(file, NULL, _IOFBF, BUFFER_SIZE);
	while (fgets(line, sizeof(line), file)) {
		size_t length = strlen(line);

		if (length > 0 && line[length - 1] == '\n')
			length--;
		trace_symbols_take_line(ret, line, length);
	}
	return ferror(file) ? -EIO : 0;
}
