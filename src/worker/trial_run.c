/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "trial/engine.h"
#include "worker/event.h"
#include "worker/hang.h"
#include "worker/process.h"
#include "worker/recovery.h"
#include "worker/trace_record.h"
#include "worker/trial_body.h"
#include "worker/trial_run.h"

/* How often an interrupt of the caller is looked for. */
#define TICK_MILLISECONDS 250

/* A trial as the waiting side sees it. */
struct supervision {
	const struct worker_trial *trial;
	struct worker_outcome *outcome;
	struct worker_process worker;
	enum step step;	       /* the step that has begun and not ended; STEP_NONE */
	int device;	       /* and who takes it */
	enum access_path path; /* that is walked now */
	bool ended;	       /* WORKER_DONE or WORKER_REFUSES came */
	bool out_of_memory;
};

/* The walk that @index is on; NULL where this path is not walked with it. */
static struct attempt *current(const struct supervision *work, size_t index)
{
	struct worker_result *result = &work->outcome->results[index];
	struct attempt *attempt = &result->attempts[result->n_attempts - 1];

	return attempt->path == work->path ? attempt : NULL;
}

static bool device_is_done(const struct attempt *attempt)
{
	return attempt_first_failure(attempt) != NULL;
}

/* What moves the devices belongs to the first path. */
static void on_path(struct supervision *work, int device, enum access_path path)
{
	struct worker_result *result = &work->outcome->results[device];

	work->path = path;
	if (result->attempts[result->n_attempts - 1].path == path ||
	    result->n_attempts == WORKER_PATHS)
		return;
	result->attempts[result->n_attempts++].path = path;
}

/* A step of the group is a step of every device whose own walk has not ended. */
static void add_step(struct supervision *work, int device, const struct attempt_step *step)
{
	for (size_t i = 0; i < work->outcome->n_results; i++) {
		struct attempt *attempt = current(work, i);

		if (attempt &&
		    ((device == TRIAL_GROUP && !device_is_done(attempt)) || device == (int)i))
			if (attempt_add_step(attempt, step) < 0)
				work->out_of_memory = true;
	}
}

static void on_step_end(struct supervision *work, const struct worker_event *event)
{
	const struct attempt_step step = {
		.step = event->step,
		.err = event->err,
		.usec = event->usec,
		.finished = true,
		.noted = event->result != 0,
	};

	work->step = STEP_NONE;
	add_step(work, event->device, &step);
}

static void observe(struct attempt *attempt, const struct worker_event *event)
{
	evidence_set_add(&attempt->evidence, event->evidence, event->truth, event->source,
			 event->where ? event->where : "", event->value);
}

/* Whether the whole log was read holds for each walk; the rest is of the one that is walked. */
static void on_observation(struct supervision *work, const struct worker_event *event)
{
	for (size_t i = 0; i < work->outcome->n_results; i++) {
		struct worker_result *result = &work->outcome->results[i];
		struct attempt *attempt = current(work, i);

		if (event->evidence == EVIDENCE_LOG_COMPLETE)
			for (size_t a = 0; a < result->n_attempts; a++)
				observe(&result->attempts[a], event);
		else if (attempt && (event->device == TRIAL_GROUP || event->device == (int)i))
			observe(attempt, event);
	}
}

static void on_log(struct supervision *work, const char *line)
{
	for (size_t i = 0; line && i < work->outcome->n_results; i++) {
		struct attempt *attempt = current(work, i);

		if (attempt && attempt_add_log(attempt, line) < 0)
			work->out_of_memory = true;
	}
}

/* Whether a write that outlives us was made, or may have been. */
static bool has_written(const struct attempt *attempt)
{
	for (size_t i = 0; i < attempt->n_steps; i++)
		if (step_class(attempt->steps[i].step) == STEP_CLASS_KNOB &&
		    attempt->steps[i].err == 0)
			return true;
	return false;
}

static void on_restore(struct worker_result *result, enum restore_result restored, char **detail)
{
	/* A device that has left the bus is not back, and nobody can put it back. */
	result->restored = truth_of(restored == RESTORE_DONE);
	result->restore_result = restored;
	if (restored == RESTORE_DONE && !has_written(&result->attempts[0]))
		result->restored = TRUTH_UNKNOWN;
	free(result->restore_detail);
	result->restore_detail = *detail;
	*detail = NULL;
}

static void on_begin(struct supervision *work, const struct worker_event *event)
{
	const struct worker_trial *trial = work->trial;
	size_t index = event->device == TRIAL_GROUP ? 0 : (size_t)event->device;

	work->step = event->step;
	work->device = event->device;
	if (trial->progress && index < trial->plan->n_devices)
		trial->progress(trial->progress_data, &trial->plan->devices[index].address,
				event->step);
}

static void on_event(struct supervision *work, struct worker_event *event)
{
	bool device_known = event->device >= 0 && (size_t)event->device < work->outcome->n_results;

	switch (event->type) {
	case WORKER_PATH_BEGINS:
		if (device_known)
			on_path(work, event->device, (enum access_path)event->result);
		break;
	case WORKER_STEP_BEGINS:
		on_begin(work, event);
		break;
	case WORKER_STEP_ENDS:
		on_step_end(work, event);
		break;
	case WORKER_OBSERVES:
		on_observation(work, event);
		break;
	case WORKER_LOG:
		on_log(work, event->where);
		break;
	case WORKER_COMPLETES:
		if (device_known && current(work, (size_t)event->device))
			current(work, (size_t)event->device)->complete = true;
		break;
	case WORKER_JOINS:
		if (device_known && current(work, (size_t)event->device))
			current(work, (size_t)event->device)->domain = event->result;
		break;
	case WORKER_RESTORES:
		work->step = STEP_NONE;
		if (device_known)
			on_restore(&work->outcome->results[event->device],
				   (enum restore_result)event->result, &event->value);
		break;
	case WORKER_REFUSES:
		work->outcome->ending = WORKER_REFUSED;
		work->outcome->refused_use = event->result != 0;
		work->outcome->why = event->value;
		event->value = NULL;
		work->ended = true;
		break;
	case WORKER_DONE:
		work->ended = true;
		break;
	}
}

/* Takes what the worker tells until @deadline. Returns 1 at its end, 0 at the deadline. */
static int listen_until(struct supervision *work, long deadline, bool interruptible)
{
	while (!work->ended) {
		long left = deadline - worker_milliseconds();
		struct worker_event event;
		int ready;

		if (left <= 0)
			return 0;
		if (interruptible && work->trial->interrupted && work->trial->interrupted()) {
			work->outcome->ending = WORKER_INTERRUPTED;
			return 0;
		}
		ready = worker_process_wait(
			&work->worker, left < TICK_MILLISECONDS ? (int)left : TICK_MILLISECONDS);
		if (ready == 0 || ready == -EINTR)
			continue;
		if (ready < 0 || worker_event_receive(work->worker.events, &event) <= 0)
			return 1;
		on_event(work, &event);
		worker_event_release(&event);
	}
	return 1;
}

/* The step that had begun when it stopped telling us: no answer is a fact too. */
static void add_unfinished_step(struct supervision *work)
{
	if (work->step != STEP_NONE && work->step != STEP_SYSFS_RESTORE)
		add_step(work, work->device, &(struct attempt_step){.step = work->step});
	work->step = STEP_NONE;
}

static void explain(struct worker_outcome *outcome, const char *format, long number)
{
	free(outcome->why);
	if (asprintf(&outcome->why, format, number) < 0)
		outcome->why = NULL;
}

/* The worker hangs in the kernel. Its records stand, and it puts back once it is let go. */
static void leave_behind(struct supervision *work)
{
	AUTO_FREE char *where = worker_hang_explain(work->worker.pid, work->trial->plan->group);
	struct undo_record_list records;

	work->outcome->left_behind = work->worker.pid;
	if (where) {
		free(work->outcome->why);
		if (asprintf(&work->outcome->why, "the kernel did not answer within %u seconds: %s",
			     work->trial->timeout, where) < 0)
			work->outcome->why = NULL;
	}
	/* With every step answered, it is closing or putting back that never ends. */
	for (size_t i = 0; i < work->outcome->n_results; i++) {
		struct attempt *attempt = current(work, i);
		const struct attempt_step closing = {.step = STEP_SYSFS_RESTORE};

		if (attempt && !device_is_done(attempt) && attempt_add_step(attempt, &closing) < 0)
			work->out_of_memory = true;
	}
	if (undo_record_list_read(work->trial->undo_folder, &records) < 0)
		return;
	for (size_t i = 0; i < records.n_records; i++) {
		for (size_t d = 0; d < work->outcome->n_results; d++) {
			struct worker_result *result = &work->outcome->results[d];

			if (!pci_address_equal(&records.records[i].address,
					       &work->trial->plan->devices[d].address))
				continue;
			result->restored = TRUTH_NO;
			result->restore_result = RESTORE_BLOCKED;
			free(result->restore_detail);
			if (asprintf(&result->restore_detail,
				     "%s; it puts the device back when it is let go; if it cannot: "
				     "iommu-diag restore",
				     where ? where : "its process waits in the kernel") < 0)
				result->restore_detail = NULL;
		}
	}
	undo_record_list_release(&records);
}

/* The worker was killed: its records say what is to be put back. */
static void recover(struct supervision *work)
{
	const struct trial_plan *plan = work->trial->plan;
	struct recovery_list recovered;
	struct trace_recovery traces;

	for (size_t d = 0; d < plan->n_devices; d++) {
		if (recovery_run(work->trial->undo_folder, &plan->devices[d].address, 1,
				 work->trial->timeout, &recovered) < 0)
			continue;
		for (size_t i = 0; i < recovered.n_recoveries; i++)
			on_restore(&work->outcome->results[d], recovered.recoveries[i].result,
				   &recovered.recoveries[i].detail);
		recovery_list_release(&recovered);
	}
	if (work->trial->trace)
		trace_recovery_run(work->trial->undo_folder, work->trial->timeout, &traces);
}

static void supervise(struct supervision *work)
{
	struct worker_outcome *outcome = work->outcome;
	long start = worker_milliseconds();
	bool in_time;

	in_time = listen_until(work, start + (long)work->trial->timeout * 1000, true);
	if (!in_time) {
		add_unfinished_step(work);
		if (outcome->ending == WORKER_ENDED) {
			outcome->ending = WORKER_DEADLINE;
			explain(outcome, "the kernel did not answer within %ld seconds",
				(long)work->trial->timeout);
		}
		worker_process_stop(&work->worker);
		if (!listen_until(work, worker_milliseconds() + (long)work->trial->grace * 1000,
				  false)) {
			leave_behind(work);
			return;
		}
		work->step = STEP_NONE;
	}
	if (work->ended)
		return;
	add_unfinished_step(work);
	if (in_time) {
		outcome->ending = WORKER_DIED;
		explain(outcome, "process %ld, which ran the trial, ended before it had told all",
			(long)work->worker.pid);
	}
	worker_process_release(&work->worker);
	recover(work);
}

int worker_run_trial(const struct worker_trial *trial, struct worker_outcome *ret)
{
	struct worker_outcome outcome = {
		.results = calloc(trial->plan->n_devices, sizeof(*outcome.results)),
		.n_results = trial->plan->n_devices,
	};
	struct supervision work = {.trial = trial, .outcome = &outcome};
	int result;

	*ret = (struct worker_outcome){0};
	if (!outcome.results)
		return -ENOMEM;
	work.path = trial->plan->takes_type1 ? PATH_TYPE1 : PATH_IOMMUFD;
	for (size_t i = 0; i < outcome.n_results; i++) {
		outcome.results[i].attempts[0].path = work.path;
		outcome.results[i].n_attempts = 1;
	}
	result = worker_process_start(worker_trial_body, (void *)trial, &work.worker);
	if (result == 0) {
		supervise(&work);
		worker_process_release(&work.worker);
	}
	if (result == 0 && work.out_of_memory)
		result = -ENOMEM;
	*ret = outcome;
	return result;
}

void worker_outcome_release(struct worker_outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_results; i++) {
		for (size_t a = 0; a < outcome->results[i].n_attempts; a++)
			attempt_release(&outcome->results[i].attempts[a]);
		free(outcome->results[i].restore_detail);
	}
	free(outcome->results);
	free(outcome->why);
	*outcome = (struct worker_outcome){0};
}
