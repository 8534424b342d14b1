/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VFIO_LINUX_SYSFS_H
#define VFIO_LINUX_SYSFS_H

/* The part of the linux backend that goes through /sys/bus/pci and modprobe. */

#include "vfio/operations.h"

/* See struct vfio_operations. */
struct kernel_answer linux_module_load(void *kernel, const char *module);
struct kernel_answer linux_knob_write(void *kernel, const struct pci_address *device,
				      enum knob knob, const char *value);
struct kernel_answer linux_knob_read(void *kernel, const struct pci_address *device,
				     enum knob_state state, char *buffer);

#endif
