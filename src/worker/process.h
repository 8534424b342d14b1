/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_PROCESS_H
#define WORKER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "vfio/operations.h"

/*
 * A worker is a copy of this process, alone in a session, that runs one trial or one restore and
 * ends. It may hang in the kernel for ever; the process that started it never does.
 */
struct worker_process {
	pid_t pid;
	int events;   /* read end: what the worker tells; end of file when it is gone */
	int lifeline; /* write end: once closed, the worker stops and puts everything back */
};

/*
 * Forks a worker that runs @body with the write end for its events and ends with its result.
 * The worker keeps no descriptor of ours, so that a reader of our output never waits for it.
 * Returns 0 or a negative errno.
 */
int worker_process_start(int (*body)(void *data, int events), void *data,
			 struct worker_process *ret);

/* Tells the worker to stop. May be called twice. */
void worker_process_stop(struct worker_process *worker);

/*
 * Waits until an event can be read: 1, 0 after @milliseconds, or a negative errno (-EINTR: a
 * signal came).
 */
int worker_process_wait(const struct worker_process *worker, int milliseconds);

/* Closes the pipes and reaps the worker where it has ended; one that hangs is left behind. */
void worker_process_release(struct worker_process *worker);

/* In a worker: whether it shall stop, because of its lifeline or a signal. */
bool worker_is_stopped(void);

/* Milliseconds of the monotonic clock, for deadlines. */
long worker_milliseconds(void);

/*
 * What workers run on: the running kernel. Tests put another one here, and what its operations
 * are to be given; NULL: a struct vfio_linux for each worker.
 */
extern const struct vfio_operations *worker_operations;
extern void *worker_kernel;

#endif
