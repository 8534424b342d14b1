/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_EVENT_H
#define WORKER_EVENT_H

#include <stdint.h>

#include "model/evidence.h"
#include "model/step.h"

/*
 * What a worker tells the process that waits for it, over a pipe between two copies of the same
 * program: a fixed header and two texts. Nothing is ever read by the worker.
 */
enum worker_event_type {
	WORKER_PATH_BEGINS, /* result: enum access_path; of one device */
	WORKER_STEP_BEGINS,
	WORKER_STEP_ENDS, /* result: whether the errno is but noted */
	WORKER_OBSERVES,
	WORKER_LOG, /* where: one kernel log line */
	WORKER_COMPLETES,
	WORKER_JOINS,	 /* result: the number of the domain that the device is in */
	WORKER_RESTORES, /* result; value: the sentence */
	WORKER_REFUSES,	 /* the trial did not start; value: why; result: for a use of the host */
	WORKER_DONE,
};

/* A joint trial has no more domains than devices, of which one PCI segment has no more. */
#define WORKER_DOMAINS_MOST 65536

struct worker_event {
	enum worker_event_type type;
	int32_t device; /* index into the plan, or TRIAL_GROUP */
	enum step step;
	int32_t err;
	uint32_t usec;
	enum evidence evidence;
	enum truth truth;
	enum evidence_source source;
	int32_t result; /* enum restore_result, or as said above */
	char *where;
	char *value;
};

/*
 * Sends one event; texts may be NULL and are cut at a limit. Returns 0, or a negative errno
 * (-EPIPE: nobody listens any more).
 */
int worker_event_send(int fd, const struct worker_event *event);

/*
 * Receives one event; its texts are new strings that worker_event_release() frees. Returns 1, 0
 * at the end of the stream, or a negative errno.
 */
int worker_event_receive(int fd, struct worker_event *ret);
void worker_event_release(struct worker_event *event);

#endif
