/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_IOMMU_FUNCTION_H
#define HOST_IOMMU_FUNCTION_H

#include "base/pci_address.h"
#include "host/root.h"
#include "model/truth.h"

/*
 * Whether the function at @address is the parent of an entry in /sys/class/iommu, as the AMD
 * and virtio IOMMUs are PCI functions of their own. Unknown where the folder cannot be read.
 */
enum truth host_iommu_is_function(const struct host_root *root, const struct pci_address *address);

#endif
