/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FAKE_TRIAL_LOG_H
#define TESTS_FAKE_TRIAL_LOG_H

#include "fake_kernel.h"
#include "trial/engine.h"

/* What a listener heard about one device; group steps count for all of them. */
struct trial_log_device {
	enum step first_failed; /* STEP_NONE: none */
	int err;
	unsigned steps_after_failure; /* its own steps that began afterwards; restore left out */
	bool completed;		      /* the last path that was walked */
	int domains[3];		      /* by path: where a joint walk put it; 0: not told */
	enum access_path path;	      /* that path */
	unsigned restores;	      /* how often `restores` was called */
	enum restore_result result;
	char detail[512];
	enum truth evidence[EVIDENCE_COUNT];
};

struct trial_log {
	struct fake_kernel *kernel;
	struct trial_log_device devices[FAKE_DEVICES];
	size_t n_devices;
	unsigned begun, ended; /* steps; sysfs.restore only begins */
	unsigned failed;       /* calls of step_failed */
	unsigned noted;	       /* errnos that were but evidence */
	enum step order[128];  /* steps in the order in which they began */
	size_t n_order;
	enum step stop_at; /* `stopped` says yes once this step has begun */
	bool is_stopped;
	const char *driver;		 /* what `driver_of` answers; NULL: unknown */
	const struct traced_join *joins; /* what `joined` answers, one after the other */
	size_t n_joins;			 /* that are left */
};

/*
 * Runs @plan in @kernel with a listener that notes everything in *@log, which it clears first,
 * except for stop_at, driver and joins. Returns trial_run()'s result.
 */
int trial_log_run(struct trial_log *log, struct fake_kernel *kernel, const struct trial_plan *plan);

#endif
