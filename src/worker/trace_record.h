/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_TRACE_RECORD_H
#define WORKER_TRACE_RECORD_H

#include "trace/names.h"

/* A record that was found: whose it is, and what it names. */
struct trace_record {
	pid_t worker_pid;
	uint64_t worker_start; /* field 22 of /proc/PID/stat, so that a reused pid is no owner */
	struct trace_names names;
};

struct trace_record_list {
	struct trace_record *records;
	size_t n_records;
};

/*
 * Writes the record of what @names stands for into @folder, that of the undo records, and onto
 * the disk. Its name alone tells everything; a record that was cut short is whole. Returns 0 or a
 * negative errno.
 */
int trace_record_write(const char *folder, const struct trace_names *names);

/* Removes that record. Returns 0 (also where there is none) or a negative errno. */
int trace_record_remove(const char *folder, const struct trace_names *names);

/*
 * Reads the records in @folder, in no order; a folder that is missing is an empty list. Returns 0
 * or a negative errno. The caller releases the list.
 */
int trace_record_list_read(const char *folder, struct trace_record_list *ret);
void trace_record_list_release(struct trace_record_list *list);

/* Whether the worker that wrote @record still runs. */
bool trace_record_owner_is_alive(const struct trace_record *record);

/* What became of the records of traces. */
struct trace_recovery {
	unsigned removed; /* instance and probes are gone */
	unsigned failed;  /* they are not, and the record stays */
};

/*
 * Removes what the workers of the records in @folder left in tracefs, where they no longer run:
 * by a process of its own, that gets @timeout seconds. Returns 0 or a negative errno;
 * -EACCES where there is something to remove and the caller has not the rights.
 */
int trace_recovery_run(const char *folder, unsigned timeout, struct trace_recovery *ret);

#endif
