/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci_topology.h"

void pci_topology_release(struct pci_topology *topology)
{
	for (size_t i = 0; i < topology->n_nodes; i++)
		fact_text_release(&topology->nodes[i].driver);
	free(topology->nodes);
	*topology = (struct pci_topology){0};
}

static int compare_address(const void *key, const void *node)
{
	return pci_address_compare(key, &((const struct pci_node *)node)->address);
}

int pci_topology_find(const struct pci_topology *topology, const struct pci_address *address)
{
	const struct pci_node *node;

	if (topology->n_nodes == 0)
		return -1;
	node = bsearch(address, topology->nodes, topology->n_nodes, sizeof(*topology->nodes),
		       compare_address);
	return node ? (int)(node - topology->nodes) : -1;
}

static const char *express_kind(uint8_t type)
{
	switch (type) {
	case PCIE_ENDPOINT:
		return "endpoint";
	case PCIE_LEGACY_ENDPOINT:
		return "legacy endpoint";
	case PCIE_ROOT_PORT:
		return "root port";
	case PCIE_UPSTREAM_PORT:
		return "switch upstream port";
	case PCIE_DOWNSTREAM_PORT:
		return "switch downstream port";
	case PCIE_TO_PCI_BRIDGE:
		return "PCIe-to-PCI bridge";
	case PCI_TO_PCIE_BRIDGE:
		return "PCI-to-PCIe bridge";
	case PCIE_INTEGRATED_ENDPOINT:
		return "root complex endpoint";
	case PCIE_EVENT_COLLECTOR:
		return "root complex event collector";
	}
	return "PCIe function";
}

const char *pci_node_kind(const struct pci_node *node)
{
	uint64_t subclass = node->class_code.number >> 8;

	if (node->virtual_function)
		return "virtual function";
	if (node->capabilities.express == TRUTH_YES)
		return express_kind(node->capabilities.type);
	if (node->class_code.state == FACT_KNOWN && subclass == 0x0604)
		return node->capabilities.express == TRUTH_NO ? "PCI bridge" : "bridge";
	return node->capabilities.express == TRUTH_NO ? "conventional PCI function" : "function";
}
