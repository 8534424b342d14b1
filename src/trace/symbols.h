/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRACE_SYMBOLS_H
#define TRACE_SYMBOLS_H

#include <stddef.h>

#include "trace/points.h"

/* A module's name has at most 55 characters (include/linux/module.h MODULE_NAME_LEN). */
#define TRACE_MODULE_SIZE 64

/* Where the functions of the points are in this kernel. Zeroed, none was found. */
struct trace_symbols {
	unsigned found[TRACE_POINT_COUNT]; /* how many functions have the name: 1 can be probed */
	char module[TRACE_POINT_COUNT][TRACE_MODULE_SIZE]; /* empty: the kernel itself */
};

/*
 * Takes one line of /proc/kallsyms, "ADDRESS TYPE NAME[\t[MODULE]]", of @length bytes without its
 * newline. Lines that are no such line say nothing.
 */
void trace_symbols_take_line(struct trace_symbols *symbols, const char *line, size_t length);

/* Reads /proc/kallsyms. Returns 0 or a negative errno. */
int trace_symbols_read(struct trace_symbols *ret);

#endif
