/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_TRACE_SESSION_H
#define WORKER_TRACE_SESSION_H

#include "model/evidence.h"
#include "model/step.h"
#include "trace/chain.h"
#include "trace/recorder.h"

/*
 * The recording of one trial by its worker. A record beside the undo records names what it makes
 * in tracefs, and stands before the first probe does. Nothing here ever fails a trial: what
 * cannot be recorded is told as a note.
 */
struct trace_session {
	const char *undo_folder;
	void *data;
	void (*observe)(void *data, int device, enum evidence id, enum truth truth,
			const char *where, const char *value);
	bool wanted;
	bool started; /* or given up */
	bool ended;
	bool recorded; /* a function returned at least once */
	struct trace_names names;
	struct trace_recorder *recorder; /* NULL: nothing is recorded */
	struct trace_return *returns;
	struct trace_join join; /* of the last step that had one */
	bool joined;		/* that was the last step */
};

/* A step begins or has ended with @err. Recording starts with the first step that is no load. */
void trace_session_begin(struct trace_session *session, enum step step);
void trace_session_end(struct trace_session *session, int device, enum step step, int err);

/* Removes what was made in tracefs, then the record; a record that stays is for restore. */
void trace_session_close(struct trace_session *session);

#endif
