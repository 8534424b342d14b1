/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_PCI_PART_H
#define HOST_PCI_PART_H

/* The parts of host_pci_read_detail(): private to host/. */

#include "host/pci_attribute.h"

/* Power, the function above and what that does. Returns 0 or -ENOMEM. */
int pci_part_power(const struct pci_source *source, const char *address, struct pci_device *device);

/* BARs, and who has those of a display for a console. Returns 0 or -ENOMEM. */
int pci_part_resources(const struct pci_source *source, const char *address,
		       struct pci_device *device);

/*
 * What a device tree says about the function: does it send its DMA through an IOMMU, and is that
 * coherent (Documentation/devicetree/bindings/pci/pci-iommu.yaml). Returns 0 or -ENOMEM.
 */
int pci_part_tree(const struct pci_source *source, const char *address, struct pci_device *device);

#endif
