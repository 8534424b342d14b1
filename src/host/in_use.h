/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_IN_USE_H
#define HOST_IN_USE_H

#include "host/open_file.h"
#include "host/root.h"
#include "model/in_use.h"
#include "model/pci_device.h"

/*
 * Fills *ret with what the host would lose if @device were taken from its driver: disks below it
 * at any depth that are mounted, swap, part of another device, held open, or not empty; network
 * interfaces that are up, and what is built on them; displays, consoles, sound, input devices,
 * watchdogs and the like; virtual functions; processes that have its nodes open, by @files (NULL:
 * nobody could look). What applies to the device but could not be measured is
 * IN_USE_NOT_MEASURED, and so is what the kernel does not answer in time. Opens disks for reading, exclusively for a moment; writes nothing.
 * Returns 0 or -ENOMEM. The caller releases the list.
 */
int host_in_use_read(const struct host_root *root, const struct open_file_list *files,
		     const struct pci_device *device, struct in_use_list *ret);

#endif
