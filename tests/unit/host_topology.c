/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "host/pci_capability.h"
#include "host/topology.h"
#include "tests/unit/check.h"
#include "tests/unit/host_tree.h"

static void put16(uint8_t *space, size_t at, unsigned value)
{
	space[at] = (uint8_t)value;
	space[at + 1] = (uint8_t)(value >> 8);
}

/* A PCI Express function of @type, its capability second in the list. */
static void fill(uint8_t space[PCI_CONFIG_SIZE], unsigned type)
{
	memset(space, 0, PCI_CONFIG_SIZE);
	put16(space, 0, 0x8086);
	space[0x06] = 0x10;
	space[0x34] = 0x40;
	space[0x40] = 0x01;
	space[0x41] = 0x80;
	space[0x80] = 0x10;
	space[0x82] = (uint8_t)(type << 4 | 2);
}

/* ACS behind another extended capability. */
static void fill_acs(uint8_t space[PCI_CONFIG_SIZE], unsigned capability, unsigned control)
{
	put16(space, 0x100, 0x0001);
	put16(space, 0x102, 0x1481);
	put16(space, 0x148, 0x000d);
	put16(space, 0x14a, 0x0001);
	put16(space, 0x14c, capability);
	put16(space, 0x14e, control);
}

static void test_acs(void)
{
	uint8_t space[PCI_CONFIG_SIZE];
	struct pci_capabilities found;

	fill(space, PCIE_ROOT_PORT);
	fill_acs(space, 0x1f, 0x1d);
	space[0x0e] = 0x81;
	found = pci_capabilities_parse(space, sizeof(space));
	CHECK_INT(found.express, TRUTH_YES);
	CHECK_INT(found.type, PCIE_ROOT_PORT);
	CHECK_INT(found.multifunction, TRUTH_YES);
	CHECK_INT(found.acs.state, FACT_KNOWN);
	CHECK_INT(found.acs.number, 0x1f);
	CHECK_INT(found.acs_control, 0x1d);
	/* A list of extended capabilities that has none, and one that runs in a circle. */
	put16(space, 0x102, 0x0001);
	CHECK_INT(pci_capabilities_parse(space, sizeof(space)).acs.state, FACT_ABSENT);
	put16(space, 0x102, 0x1001);
	CHECK_INT(pci_capabilities_parse(space, sizeof(space)).acs.state, FACT_ABSENT);
	/* The last words of the space hold no whole capability. */
	put16(space, 0x102, 0xffc1);
	put16(space, 0xffc, 0x000d);
	CHECK_INT(pci_capabilities_parse(space, sizeof(space)).acs.state, FACT_UNKNOWN);
}

static void test_little_is_seen(void)
{
	uint8_t space[PCI_CONFIG_SIZE];
	struct pci_capabilities found;

	fill(space, PCIE_ENDPOINT);
	/* What an ordinary user gets. */
	found = pci_capabilities_parse(space, 64);
	CHECK_INT(found.express, TRUTH_UNKNOWN);
	CHECK_INT(found.acs.state, FACT_UNKNOWN);
	CHECK_INT(found.multifunction, TRUTH_NO);
	/* What the kernel gives where it cannot reach the rest. */
	found = pci_capabilities_parse(space, 256);
	CHECK_INT(found.express, TRUTH_YES);
	CHECK_INT(found.acs.state, FACT_ABSENT);
	/* No list at all is known from the first bytes. */
	space[0x06] = 0;
	found = pci_capabilities_parse(space, 64);
	CHECK_INT(found.express, TRUTH_NO);
	CHECK_INT(found.acs.state, FACT_ABSENT);
	/* A list in a circle has no PCI Express. */
	fill(space, PCIE_ENDPOINT);
	space[0x80] = 0x05;
	space[0x81] = 0x40;
	CHECK_INT(pci_capabilities_parse(space, 256).express, TRUTH_NO);
	memset(space, 0xff, sizeof(space));
	CHECK_INT(pci_capabilities_parse(space, sizeof(space)).express, TRUTH_UNKNOWN);
	CHECK_INT(pci_capabilities_parse(space, 16).express, TRUTH_UNKNOWN);
}

#define PORT "0000:00:1c.0"
#define BELOW "0000:01:00.0"

static void test_tree(void)
{
	const struct tree_function functions[] = {
		{PORT, "pci0000:00", "60400", "8086", "A110", "pcieport", 4},
		{BELOW, "pci0000:00/" PORT, "20000", "8086", "10D3", "e1000e", 5},
		{"10000:01:00.0", "pci0000:00/" PORT "/pci10000:00", "10802", "144D", "A808", NULL,
		 4},
	};
	uint8_t space[PCI_CONFIG_SIZE];
	struct pci_topology topology;
	struct pci_device_list list;
	struct pci_address absent = {0, 9, 0, 0};
	struct host_root root;

	tree_open(&root);
	for (size_t i = 0; i < 3; i++)
		tree_add_function(&root, &functions[i]);
	fill(space, PCIE_ROOT_PORT);
	fill_acs(space, 0x1f, 0x1d);
	tree_write_bytes(&root, "/sys/devices/pci0000:00/" PORT "/config", space, sizeof(space));
	CHECK_INT(host_pci_list(&root, &list), 0);
	CHECK_INT(host_topology_read(&root, &list, &topology), 0);
	CHECK_INT(topology.n_nodes, 3);
	CHECK_INT(topology.nodes[0].parent, -1);
	CHECK(topology.nodes[0].parent_known);
	CHECK_INT(topology.nodes[0].capabilities.acs_control, 0x1d);
	CHECK_STR(pci_node_kind(&topology.nodes[0]), "root port");
	CHECK_INT(topology.nodes[1].parent, 0);
	CHECK_INT(topology.nodes[1].dma_owner, -1);
	CHECK_INT(topology.nodes[1].capabilities.express, TRUTH_UNKNOWN);
	CHECK_STR(topology.nodes[1].driver.text, "e1000e");
	CHECK(!topology.nodes[1].virtual_function);
	CHECK_INT(topology.nodes[2].parent, -1);
	CHECK_INT(topology.nodes[2].dma_owner, 0);
	CHECK_INT(pci_topology_find(&topology, &topology.nodes[2].address), 2);
	CHECK_INT(pci_topology_find(&topology, &absent), -1);
	pci_topology_release(&topology);
	pci_device_list_release(&list);
	tree_close(&root);
}

int main(void)
{
	test_acs();
	test_little_is_seen();
	test_tree();
	return check_result();
}
