/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_ATTEMPT_H
#define MODEL_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/evidence.h"
#include "model/step.h"
#include "model/verdict.h"

/* One step that was taken: the kernel's answer is a fact about it, not an error of ours. */
struct attempt_step {
	enum step step;
	int err; /* positive errno the kernel gave; 0: success */
	uint32_t usec;
	bool finished; /* false: the deadline passed, or the worker died, inside it */
	bool noted;    /* the errno is evidence; the walk went on */
};

/* One walk along an access path for one device. */
struct attempt {
	enum access_path path;
	enum verdict verdict; /* of this walk alone; VERDICT_NONE: not judged */
	struct attempt_step *steps;
	size_t n_steps;
	struct evidence_set evidence; /* what was seen at the steps */
	char **log;		      /* kernel log lines of the window, all devices */
	size_t n_log;
	bool complete; /* every planned step was taken */
	int domain;    /* that a joint trial put the device into, from 1; 0: not known */
};

/* The first step that failed, or that never finished; NULL where none did. */
const struct attempt_step *attempt_first_failure(const struct attempt *attempt);

/* Appends a copy of @step. Returns 0 or -ENOMEM. */
int attempt_add_step(struct attempt *attempt, const struct attempt_step *step);

/* Appends a copy of one kernel log line. Returns 0 or -ENOMEM. */
int attempt_add_log(struct attempt *attempt, const char *line);

/* Frees what the attempt owns and zeroes it. */
void attempt_release(struct attempt *attempt);

#endif
