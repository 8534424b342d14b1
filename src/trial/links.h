/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_LINKS_H
#define TRIAL_LINKS_H

/* The network interfaces of a device that has its driver back; private to trial/. */

#include "trial/undo.h"

/*
 * Gives the interfaces of @record's device their recorded names, where nobody else has them and
 * nobody uses the interface under its new one, and sets those up that were up. Returns a new
 * text that says what is not as it was, or NULL: nothing.
 */
char *links_put_back(const struct vfio_operations *operations, void *kernel,
		     const struct undo_record *record);

#endif
