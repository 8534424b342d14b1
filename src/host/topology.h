/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_TOPOLOGY_H
#define HOST_TOPOLOGY_H

#include "host/pci.h"
#include "model/pci_topology.h"

/*
 * Reads the PCI tree: every function of @list with the bridge above it and the capabilities in
 * its configuration space (64 bytes of it without root: what decides about isolation is unknown
 * then). Returns 0 or a negative errno. The caller releases *ret.
 */
int host_topology_read(const struct host_root *root, const struct pci_device_list *list,
		       struct pci_topology *ret);

#endif
