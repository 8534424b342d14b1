/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_LOCK_H
#define TRIAL_LOCK_H

#include "base/pci_address.h"

/*
 * One trial or restore at a time for a group (a device without one stands for itself): flock()
 * on a file beside the undo records, released by the kernel when its holder ends. Waits for at
 * most @seconds. Returns the descriptor, -EBUSY where another process keeps it, or another
 * negative errno.
 */
int trial_lock(const char *undo_folder, int group, const struct pci_address *device,
	       unsigned seconds);

#endif
