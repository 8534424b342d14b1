/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_TRIAL_RUN_H
#define WORKER_TRIAL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "host/root.h"
#include "model/attempt.h"
#include "trial/plan.h"
#include "trial/restore.h"

/* One trial to be run by a worker. */
struct worker_trial {
	const struct host_root *root; /* of this machine */
	const struct trial_plan *plan;
	const char *undo_folder;
	uint32_t force;	  /* IN_USE_BIT()s that do not count */
	bool trace;	  /* record the return values of the kernel's functions */
	unsigned timeout; /* seconds */
	unsigned grace;	  /* seconds that putting back may take after that */
	void (*progress)(void *data, const struct pci_address *device, enum step step);
	void *progress_data;
	bool (*interrupted)(void); /* asked now and then; NULL: never */
};

#define WORKER_PATHS 2

/* What became of one device of the plan. Owns its attempts and its string. */
struct worker_result {
	struct attempt attempts[WORKER_PATHS]; /* in the order in which they were walked */
	size_t n_attempts;		       /* at least one */
	enum truth restored;		       /* TRUTH_UNKNOWN: wrote nothing */
	char *restore_detail;		       /* NULL where nothing was written */
	enum restore_result restore_result;    /* where that is not NULL */
};

enum worker_ending {
	WORKER_ENDED,	    /* the trial ran to its end */
	WORKER_DEADLINE,    /* the deadline passed inside a step */
	WORKER_DIED,	    /* the worker was killed; a second one put the devices back */
	WORKER_INTERRUPTED, /* the caller wanted it to stop */
	WORKER_REFUSED,	    /* the trial did not start; nothing was written */
};

struct worker_outcome {
	enum worker_ending ending;
	char *why;	   /* for WORKER_REFUSED, WORKER_DEADLINE and WORKER_DIED: a sentence */
	bool refused_use;  /* refused because the host has begun to use a device of the plan */
	pid_t left_behind; /* a worker that hangs in the kernel; 0: none */
	struct worker_result *results; /* one per device of the plan */
	size_t n_results;
};

/*
 * Runs @trial in a worker and collects what it tells. Returns when the worker has ended, or a
 * grace time after the deadline; a device that was moved is back by then, or its undo record
 * stands and restore_detail says so. Returns 0 or a negative errno where no worker could be
 * started (nothing was written). The caller releases *ret.
 */
int worker_run_trial(const struct worker_trial *trial, struct worker_outcome *ret);
void worker_outcome_release(struct worker_outcome *outcome);

#endif
