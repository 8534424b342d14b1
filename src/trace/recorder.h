/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRACE_RECORDER_H
#define TRACE_RECORDER_H

#include "trace/chain.h"
#include "trace/names.h"

/*
 * Records the return values of the calling thread: kretprobes (kprobetrace.rst) whose events are
 * enabled in a private tracefs instance only, filtered to the thread.
 */
struct trace_recorder;

/*
 * Defines the probes and starts. Symbols that this kernel lacks, has twice or refuses are left
 * out, and so is what is not probed after @milliseconds. Returns NULL where nothing can be
 * recorded, with a static sentence in *@why; then nothing is left in tracefs. The caller closes
 * it.
 */
struct trace_recorder *trace_recorder_open(const struct trace_names *names, long milliseconds,
					   const char **why);

/* Forgets what was recorded so far. */
void trace_recorder_clear(struct trace_recorder *recorder);

/*
 * The returns since then, in order, into @ret (room for TRACE_RETURNS_MOST). Returns their number,
 * or a negative errno: -EOVERFLOW where there were more, -ENODATA where calls were missed.
 */
int trace_recorder_read(struct trace_recorder *recorder, struct trace_return *ret);

/* Whether the function of @point is probed. */
bool trace_recorder_knows(const struct trace_recorder *recorder, enum trace_point point);

/* Ends recording, and removes instance and probes. Returns 0 or a negative errno. */
int trace_recorder_close(struct trace_recorder *recorder);

/*
 * Removes, by name, the instance and the probes that a worker left. What is not there is no
 * error. Returns 0 or a negative errno; -ENOSYS in a build without libtracefs.
 */
int trace_remove(const struct trace_names *names);

#endif
