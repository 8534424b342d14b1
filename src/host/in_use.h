/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_IN_USE_H
#define HOST_IN_USE_H

#include "host/root.h"
#include "model/in_use.h"
#include "model/pci_device.h"

/*
 * Fills *ret with what the host would lose if @device were taken from its driver: block devices
 * below it that are mounted, swap or held by another device (/proc/self/mountinfo, /proc/swaps,
 * holders, partitions included), network interfaces that are up (libnl-route), the boot display.
 * What applies to the device but could not be measured is IN_USE_NOT_MEASURED. Returns 0 or
 * -ENOMEM. The caller releases the list.
 */
int host_in_use_read(const struct host_root *root, const struct pci_device *device,
		     struct in_use_list *ret);

#endif
