/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACE_NAME_SIZE 64

/* What a traced worker makes in tracefs bears its pid and start time, so that it can be told. */
struct trace_names {
	char group[TRACE_NAME_SIZE];	/* of its probes */
	char instance[TRACE_NAME_SIZE]; /* its private instance */
	char record[TRACE_NAME_SIZE];	/* the file beside the undo records that names them */
};

/* The names of the worker @pid that started at @start (field 22 of /proc/PID/stat). */
void trace_names_make(pid_t pid, uint64_t start, struct trace_names *ret);

/* Whether @file is the name of such a record; then *@pid and *@start are the worker's. */
bool trace_names_parse(const char *file, pid_t *pid, uint64_t *start);

/*
 * The next probe of @group in *@cursor, the text of kprobe_events, into @event; *@cursor moves
 * behind its line. Returns whether there was one.
 */
bool trace_next_probe(const char **cursor, const char *group, char event[TRACE_NAME_SIZE]);

/*
 * How many calls our probes missed by @text, which is that of kprobe_profile: "name
 * hits misses" in each line. Probes of others with the same names count as well.
 */
unsigned long trace_profile_missed(const char *text);

#endif
