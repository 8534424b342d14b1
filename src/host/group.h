/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_GROUP_H
#define HOST_GROUP_H

#include "host/root.h"
#include "model/iommu_group.h"

/*
 * Reads /sys/kernel/iommu_groups/@number. Returns 0, -ENOENT where there is no such group, or
 * another negative errno. The caller releases *ret with iommu_group_release().
 */
int host_group_read(const struct host_root *root, int number, struct iommu_group *ret);

#endif
