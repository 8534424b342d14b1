/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_IOMMU_INSTANCE_H
#define HOST_IOMMU_INSTANCE_H

#include "host/root.h"
#include "model/truth.h"

/*
 * Whether the instances @a and @b of /sys/class/iommu show the same capability registers, as Intel
 * (cap, ecap) and AMD (cap, features) do. Unknown where one shows none or it cannot be read.
 */
enum truth host_iommu_same_capabilities(const struct host_root *root, const char *a, const char *b);

#endif
