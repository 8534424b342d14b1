/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_HOOK_STATE_H
#define CLIENT_HOOK_STATE_H

#include "iommu-diag/hook.h"

/*
 * Starts that have begun: libvirt before 10 does not tell a hook whether a guest that is released
 * ever ran. A file per guest, named by its UUID (NULL, or no UUID: nothing is noted).
 */
void hook_state_begin(const struct hook_call *call, const char *uuid);

/* The start is over. Returns whether it had begun and was not over yet. */
bool hook_state_end(const struct hook_call *call, const char *uuid);

#endif
