/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_DEVICE_INFO_H
#define TRIAL_DEVICE_INFO_H

/* The step device.get_info of both paths; private to trial/. */

#include "trial/walk.h"

/*
 * Asks the open device @device_fd for its numbers of regions and interrupts, and whether it can be
 * reset by itself: a device that offers a reset and failed it when it was opened says no
 * (drivers/vfio/pci/vfio_pci_core.c, reset_works). Returns whether the walk of the device
 * goes on.
 */
bool device_info_read(struct trial_walk *walk, int index, int device_fd);

#endif
