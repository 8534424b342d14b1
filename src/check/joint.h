/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CHECK_JOINT_H
#define CHECK_JOINT_H

#include "check/subject.h"
#include "worker/trial_run.h"

/* The subjects of several groups that go through one trial at once. */
struct joint {
	struct check *check;
	size_t *indexes; /* of its subjects; the plan's devices have the same order */
	struct trial_plan plan;
	struct worker_outcome outcome; /* empty where nothing was run */
	char *why_not;		       /* why nothing was; NULL: it was, or need not be */
};

/*
 * Collects the subjects that passed their own trial, and runs or prints a joint trial of them
 * where they are of more than one group. Nothing is moved where a device is not back from its own
 * trial, or where the host has begun to use one meanwhile. Returns 0 or a negative errno; the
 * caller releases *ret.
 */
int joint_run(struct check *check, struct joint *ret);
void joint_release(struct joint *joint);

/* The place in the plan of the first device of the group of subject @index; -1: not there. */
int joint_leader(const struct joint *joint, size_t index);

#endif
