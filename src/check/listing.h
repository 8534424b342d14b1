/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CHECK_LISTING_H
#define CHECK_LISTING_H

#include <stddef.h>

#include "host/pci.h"
#include "host/root.h"

enum device_state {
	DEVICE_STATE_HOST,
	DEVICE_STATE_VFIO,
	DEVICE_STATE_IN_USE, /* a process holds the group */
	DEVICE_STATE_UNBOUND,
	DEVICE_STATE_NO_GROUP,
	DEVICE_STATE_BRIDGE,
	DEVICE_STATE_RECOVERING, /* an undo record of ours is open */
};

/* The contract's word. Static. */
const char *device_state_name(enum device_state state);

struct listing {
	struct pci_device_list devices;
	enum device_state *states; /* one per device */
};

/*
 * Lists every function with its state; nothing is opened or written. Undo records are
 * looked for in @undo_folder. Returns 0 or a negative errno; the caller releases the
 * listing.
 */
int listing_read(const struct host_root *root, const char *undo_folder, struct listing *ret);

/*
 * Reads the revision of every function, which modalias does not tell: three system calls
 * more for each. One that cannot be read stays unknown.
 */
void listing_read_revisions(const struct host_root *root, struct listing *listing);

/* Frees what the listing owns and zeroes it. */
void listing_release(struct listing *listing);

#endif
