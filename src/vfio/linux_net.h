/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VFIO_LINUX_NET_H
#define VFIO_LINUX_NET_H

/* The part of the linux backend that gives interfaces back: netdevice(7). */

#include "vfio/operations.h"

/* See struct vfio_operations. */
struct kernel_answer linux_links_read(void *kernel, const struct pci_address *device,
				      struct network_links *ret);
struct kernel_answer linux_link_rename(void *kernel, const char *name, const char *wanted);
struct kernel_answer linux_link_up(void *kernel, const char *name);

#endif
