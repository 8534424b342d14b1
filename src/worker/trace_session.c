/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "trial/undo.h"
#include "worker/trace_record.h"
#include "worker/trace_session.h"

/* How long defining the probes may take. */
#define SETUP_MILLISECONDS 8000

#define NOTE "function trace"
#define TEXT_SIZE 160

static void note(const struct trace_session *session, const char *text)
{
	session->observe(session->data, -1, EVIDENCE_NONE, TRUTH_UNKNOWN, NOTE, text);
}

static void note_absent(const struct trace_session *session)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	const char *separator = "not probed (absent in this kernel, refused, or too slow): ";

	if (!out)
		return;
	for (int i = 0; i < TRACE_POINT_COUNT; i++) {
		if (trace_recorder_knows(session->recorder, (enum trace_point)i))
			continue;
		fprintf(out, "%s%s", separator, trace_point_symbol((enum trace_point)i));
		separator = " ";
	}
	if (fclose(out) == 0 && *text)
		note(session, text);
	free(text);
}

/* Nothing was recorded: the record goes, unless something of ours stays in tracefs after all. */
static void forget(const struct trace_session *session)
{
	int removed = trace_remove(&session->names);

	if (removed == 0 || removed == -ENOSYS)
		trace_record_remove(session->undo_folder, &session->names);
}

static void start(struct trace_session *session)
{
	struct undo_record owner = {0};
	const char *why = "the record of the probes cannot be written";

	session->started = true;
	session->returns = malloc(TRACE_RETURNS_MOST * sizeof(*session->returns));
	if (session->returns && undo_record_claim(&owner) == 0) {
		trace_names_make(owner.worker_pid, owner.worker_start, &session->names);
		if (trace_record_write(session->undo_folder, &session->names) == 0) {
			session->recorder =
				trace_recorder_open(&session->names, SETUP_MILLISECONDS, &why);
			if (!session->recorder)
				forget(session);
		}
	}
	if (session->recorder) {
		note_absent(session);
	} else {
		char text[TEXT_SIZE];

		snprintf(text, sizeof(text), "nothing was recorded: %s", why);
		note(session, text);
	}
}

static void end(struct trace_session *session)
{
	if (session->recorder && !session->ended && !session->recorded)
		note(session, "nothing was recorded: no probe was ever hit, as where kprobes are "
			      "disarmed (/sys/kernel/debug/kprobes/enabled)");
	session->ended = true;
}

void trace_session_begin(struct trace_session *session, enum step step)
{
	if (!session->wanted || step == STEP_MODULE_LOAD)
		return;
	/* Putting back is not part of any answer. */
	if (step == STEP_SYSFS_RESTORE)
		end(session);
	if (session->ended)
		return;
	if (!session->started)
		start(session);
	if (session->recorder)
		trace_recorder_clear(session->recorder);
}

/*
 * Whether a function's own check can be told from a call below it that is not recorded. Below the
 * attach everything is the driver's, and belongs to it.
 */
static bool origin_is_certain(const struct trace_session *session, const struct trace_chain *chain)
{
	const struct trace_return *last = chain->links[chain->n_links - 1];

	return trace_point_depth(last->point) >= trace_point_depth(TRACE_POINT_DEVICE_ATTACH) ||
	       trace_recorder_knows(session->recorder, TRACE_POINT_DEVICE_ATTACH);
}

static void tell_origin(const struct trace_session *session, int device, enum step step, int err,
			size_t n)
{
	struct trace_chain chain;
	AUTO_FREE char *sentence = NULL;
	enum evidence id;
	char where[TEXT_SIZE];

	trace_chain_find(session->returns, n, err, &chain);
	snprintf(where, sizeof(where), "%s: origin of the errno", step_name(step));
	if (chain.n_links == 0) {
		session->observe(session->data, device, EVIDENCE_NONE, TRUTH_UNKNOWN, where,
				 "no recorded function gave the step's errno");
		return;
	}
	sentence = trace_chain_sentence(&chain);
	id = trace_return_origin(chain.links[chain.n_links - 1]);
	if (!origin_is_certain(session, &chain))
		id = EVIDENCE_NONE;
	session->observe(session->data, device, id, id == EVIDENCE_NONE ? TRUTH_UNKNOWN : TRUTH_YES,
			 where, sentence);
}

/* What type1 did beside the domains that there are; the first group of a container had none. */
static void tell_join(const struct trace_session *session, int device, enum step step)
{
	const struct trace_join *join = &session->join;
	const char *name = errno_name(join->err);
	char text[TEXT_SIZE];

	if (step != STEP_GROUP_SET_CONTAINER)
		return;
	if (join->refused == 0)
		snprintf(text, sizeof(text), "%s",
			 join->shares ? "shared" : "not tried: they are of another kind");
	else
		snprintf(text, sizeof(text), "%s by %u%s", name ? name : "refused", join->refused,
			 join->shares ? ", then shared" : "");
	session->observe(session->data, device,
			 join->shares ? EVIDENCE_NONE : EVIDENCE_TRACE_ATTACH_SWALLOWED,
			 truth_of(join->refused > 0), "the container's domains", text);
}

void trace_session_end(struct trace_session *session, int device, enum step step, int err)
{
	const struct trace_return *swallowed;
	AUTO_FREE char *text = NULL;
	char where[TEXT_SIZE];
	int n;

	session->joined = false;
	if (!session->recorder || session->ended)
		return;
	n = trace_recorder_read(session->recorder, session->returns);
	snprintf(where, sizeof(where), "%s: function chain", step_name(step));
	if (n < 0) {
		session->observe(session->data, device, EVIDENCE_NONE, TRUTH_UNKNOWN, where,
				 n == -EOVERFLOW ? "more calls than can be kept"
						 : "the kernel missed calls");
		return;
	}
	if (n == 0)
		return;
	session->recorded = true;
	if (err != 0)
		tell_origin(session, device, step, err, (size_t)n);
	text = trace_returns_text(session->returns, (size_t)n);
	session->observe(session->data, device, EVIDENCE_NONE, TRUTH_UNKNOWN, where, text);
	session->joined = trace_join_find(session->returns, (size_t)n, &session->join);
	if (session->joined)
		tell_join(session, device, step);
	swallowed = trace_swallowed_attach(session->returns, (size_t)n);
	if (swallowed) {
		const char *name = errno_name(trace_return_errno(swallowed));

		session->observe(session->data, device, EVIDENCE_TRACE_ATTACH_SWALLOWED, TRUTH_YES,
				 "attach to an existing domain", name ? name : "refused");
	}
}

void trace_session_close(struct trace_session *session)
{
	if (session->recorder && trace_recorder_close(session->recorder) == 0)
		trace_record_remove(session->undo_folder, &session->names);
	session->recorder = NULL;
	free(session->returns);
	session->returns = NULL;
}
