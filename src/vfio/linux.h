/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VFIO_LINUX_H
#define VFIO_LINUX_H

#include "vfio/operations.h"

/* What the linux backend keeps between calls; pass it as @kernel. Zeroed, it is ready. */
struct vfio_linux {
	void *page; /* the memory that container_map_dma() or ioas_map() mapped, or NULL */
	size_t page_size;
};

/*
 * The operations of the running kernel: /sys/bus/pci, /dev/vfio and modprobe. Follows
 * include/uapi/linux/vfio.h and Documentation/driver-api/vfio.rst. Thin on purpose: one system
 * call or one short sequence each, no decision.
 */
extern const struct vfio_operations vfio_linux_operations;

/*
 * What modprobe's complaint on standard error means as an errno: ENOENT for a module that it
 * does not find, the errno whose text it prints, ENOEXEC where it says neither.
 */
int vfio_linux_modprobe_errno(const char *complaint);

#endif
