/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_PCI_TOPOLOGY_H
#define MODEL_PCI_TOPOLOGY_H

#include "model/pci_device.h"

/* Device/port types of the PCI Express capability (PCIe 6.0, 7.5.3.2). */
enum pcie_type {
	PCIE_ENDPOINT = 0x0,
	PCIE_LEGACY_ENDPOINT = 0x1,
	PCIE_ROOT_PORT = 0x4,
	PCIE_UPSTREAM_PORT = 0x5,
	PCIE_DOWNSTREAM_PORT = 0x6,
	PCIE_TO_PCI_BRIDGE = 0x7,
	PCI_TO_PCIE_BRIDGE = 0x8,
	PCIE_INTEGRATED_ENDPOINT = 0x9,
	PCIE_EVENT_COLLECTOR = 0xa,
};

/* Bits of the ACS capability and control registers (PCIe 6.0, 7.7.11). */
enum acs_bit {
	ACS_SOURCE_VALIDATION = 1 << 0,
	ACS_REQUEST_REDIRECT = 1 << 2,
	ACS_COMPLETION_REDIRECT = 1 << 3,
	ACS_UPSTREAM_FORWARDING = 1 << 4,
};

/* Those that the kernel asks for before it calls a path isolated (REQ_ACS_FLAGS). */
#define ACS_REQUIRED                                                                               \
	(ACS_SOURCE_VALIDATION | ACS_REQUEST_REDIRECT | ACS_COMPLETION_REDIRECT |                  \
	 ACS_UPSTREAM_FORWARDING)

/* What the configuration space of one function says about its place in the topology. */
struct pci_capabilities {
	enum truth express;	    /* it has the PCI Express capability */
	uint8_t type;		    /* enum pcie_type; valid where @express is TRUTH_YES */
	enum truth multifunction;   /* bit 7 of the header type */
	struct fact_number acs;	    /* capability register; ABSENT: no ACS capability */
	uint16_t acs_control;	    /* where @acs is known */
	uint32_t acs_control_dword; /* where Intel's 100 and 200 series keep it, at offset 8 */
};

/* One function in the tree. */
struct pci_node {
	struct pci_address address;
	struct fact_number class_code;
	struct fact_number vendor;
	struct fact_number device;
	struct fact_text driver;
	struct fact_number group;
	struct pci_capabilities capabilities;
	int parent;	       /* index of the bridge above; -1: it is on a root bus */
	int dma_owner;	       /* the function that stands for it on another bus (VMD); -1: none */
	bool parent_known;     /* false: where it hangs could not be read */
	bool virtual_function; /* it has a physical function */
};

/* Every function of a host, sorted by address. Owns its strings. */
struct pci_topology {
	struct pci_node *nodes;
	size_t n_nodes;
};

/* Frees what the topology owns and zeroes it. */
void pci_topology_release(struct pci_topology *topology);

/* The index of the function at @address, or -1. */
int pci_topology_find(const struct pci_topology *topology, const struct pci_address *address);

/* "root port", "switch downstream port", "PCI bridge", ...; never NULL. */
const char *pci_node_kind(const struct pci_node *node);

#endif
