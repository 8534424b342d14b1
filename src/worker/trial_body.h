/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_TRIAL_BODY_H
#define WORKER_TRIAL_BODY_H

#include "worker/trial_run.h"

/*
 * What the worker itself does: takes the lock of the group, opens the window on the kernel log,
 * walks, and tells @events everything. For worker_process_start(); @data is a struct
 * worker_trial. Returns 0 or a negative errno.
 */
int worker_trial_body(void *data, int events);

#endif
