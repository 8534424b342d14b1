/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_TRACE_RECORD_H
#define WORKER_TRACE_RECORD_H

#include "trace/names.h"

/*
 * Writes the record of what @names stands for into @folder, that of the undo records, and onto
 * the disk. Its name alone tells everything; a record that was cut short is whole. Returns 0 or a
 * negative errno.
 */
int trace_record_write(const char *folder, const struct trace_names *names);

/* Removes that record. Returns 0 (also where there is none) or a negative errno. */
int trace_record_remove(const char *folder, const struct trace_names *names);

/* What became of the records of traces. */
struct trace_recovery {
	unsigned removed; /* instance and probes are gone */
	unsigned failed;  /* they are not, and the record stays */
};

/*
 * Removes what the workers of the records in @folder left in tracefs, where they no longer run:
 * by a process of its own, that gets @timeout seconds. Returns 0 or a negative errno.
 */
int trace_recovery_run(const char *folder, unsigned timeout, struct trace_recovery *ret);

#endif
