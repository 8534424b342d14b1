/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VFIO_LINUX_RESET_H
#define VFIO_LINUX_RESET_H

#include "vfio/operations.h"

/* The operation device_get_hot_reset_info of vfio_linux_operations. */
struct vfio_hot_reset_answer linux_get_hot_reset_info(void *kernel, int device_fd);

#endif
