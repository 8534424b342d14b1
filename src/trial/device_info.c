/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "trial/device_info.h"

#define INFO "VFIO_DEVICE_GET_INFO"

bool device_info_read(struct trial_walk *walk, int index, int device_fd)
{
	struct vfio_device_answer info;
	char value[80];

	walk_begin(walk, index, STEP_DEVICE_GET_INFO);
	info = walk->operations->device_get_info(walk->kernel, device_fd);
	if (info.err == 0) {
		snprintf(value, sizeof(value), "%u regions, %u interrupts, reset %s", info.regions,
			 info.interrupts, info.can_reset ? "works" : "absent");
		walk_observe(walk, index, EVIDENCE_NONE, TRUTH_UNKNOWN, INFO, value);
		walk_observe(walk, index, EVIDENCE_RESET_OWN, truth_of(info.can_reset),
			     INFO ", VFIO_DEVICE_FLAGS_RESET", info.can_reset ? "set" : "absent");
	}
	walk_end(walk, index, STEP_DEVICE_GET_INFO, info.err);
	return info.err == 0;
}
