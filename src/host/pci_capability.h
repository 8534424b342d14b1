/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_PCI_CAPABILITY_H
#define HOST_PCI_CAPABILITY_H

#include <stddef.h>

#include "model/pci_topology.h"

/* The whole of a PCI Express function's configuration space. */
#define PCI_CONFIG_SIZE 4096

/*
 * Reads the lists of capabilities in the first @size bytes of a configuration space: the bytes are
 * foreign, lists may be cyclic or point anywhere. What lies behind @size is unknown: without root
 * the kernel gives 64 bytes. Follows PCI 3.0, 6.7 and PCIe 6.0, 7.6.
 */
struct pci_capabilities pci_capabilities_parse(const uint8_t *config, size_t size);

#endif
