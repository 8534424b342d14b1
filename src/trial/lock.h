/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_LOCK_H
#define TRIAL_LOCK_H

#include "base/pci_address.h"
#include "trial/plan.h"

/* A lock; fd is -1 where it is not held. */
struct trial_lock {
	int fd;
	int folder;
	char name[32];
};

/*
 * One trial or restore at a time for a group (a device without one stands for itself): flock()
 * on a file beside the undo records, let go by the kernel when its holder ends. Waits for at
 * most @seconds. Returns 0, -EBUSY where another process keeps it, or another negative errno.
 */
int trial_lock_take(const char *undo_folder, int group, const struct pci_address *device,
		    unsigned seconds, struct trial_lock *ret);

/* Removes the file and lets the lock go. */
void trial_lock_release(struct trial_lock *lock);

/*
 * The locks of every group of @plan, in the order of their numbers; none is waited for, so that
 * two trials never wait for each other. @locks has room for one per device; *n_locks are held.
 * Returns 0, or as trial_lock_take() does, with nothing held then.
 */
int trial_locks_take(const char *undo_folder, const struct trial_plan *plan,
		     struct trial_lock *locks, size_t *n_locks);
void trial_locks_release(struct trial_lock *locks, size_t n_locks);

#endif
