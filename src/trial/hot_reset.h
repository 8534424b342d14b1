/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_HOT_RESET_H
#define TRIAL_HOT_RESET_H

#include "trial/walk.h"

/*
 * Takes the step device.get_hot_reset_info for the open device @index of the plan, and observes
 * whether its bus can be reset and whom that hits beside the plan's devices. A refusal is noted and
 * ends nothing: such a device can be assigned. Only EIO ends its walk, a device that did not wake
 * up. Private to trial/.
 */
void hot_reset_ask(struct trial_walk *walk, int index, int device_fd);

#endif
