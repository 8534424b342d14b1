/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_LAST_LOOK_H
#define WORKER_LAST_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "worker/trial_run.h"

/*
 * Looks once more, in a worker that is about to move the device @index of the plan, whether the
 * host uses it in a way that is not forced: a file system may have been mounted since the caller
 * looked, while modules were loaded. @ret_what: the first use that was found, in words, freed by
 * the caller; NULL where there is none, or no memory for it.
 */
bool last_look_finds_use(const struct worker_trial *trial, size_t index, char **ret_what);

#endif
