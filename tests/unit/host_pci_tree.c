/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci.h"
#include "tests/unit/check.h"
#include "tests/unit/host_tree.h"

#define NODE "/sys/class/pci_bus/0002:00/of_node"
#define SMMU "/sys/class/iommu/smmu3.0x0000000009050000/device/of_node"

/* Behind a port, on bus 1 of the domain: requester id 0x118. */
static const struct tree_function nic = {"0002:01:03.0",
					 "platform/4010000000.pcie/pci0002:00/0002:00:01.0",
					 "20000",
					 "8086",
					 "10D3",
					 "e1000e",
					 3};

static struct pci_device read_nic(const struct host_root *root)
{
	struct pci_address address = {0};
	struct pci_device device;

	CHECK_INT(pci_address_parse_exact("0002:01:03.0", &address), 0);
	CHECK_INT(host_pci_read_detail(root, &address, &device), 0);
	return device;
}

static enum truth translates(const struct host_root *root)
{
	struct pci_device device = read_nic(root);
	enum truth truth = device.tree_translates;

	CHECK_STR(device.root_bus.text, "0002:00");
	pci_device_release(&device);
	return truth;
}

static void write_entry(const struct host_root *root, uint16_t first, uint16_t length)
{
	const uint8_t map[32] = {[3] = 1, /* requester id 0, length 8: another function's */
				 [7] = 1,
				 [15] = 8,
				 [18] = (uint8_t)(first >> 8),
				 [19] = (uint8_t)first,
				 [23] = 1,
				 [30] = (uint8_t)(length >> 8),
				 [31] = (uint8_t)length};

	tree_write_bytes(root, NODE "/iommu-map", map, sizeof(map));
}

static void test_map(const struct host_root *root)
{
	static const uint8_t mask[4] = {0, 0, 0, 0xff};

	CHECK_INT(translates(root), TRUTH_UNKNOWN);
	tree_folder(root, NODE);
	CHECK_INT(translates(root), TRUTH_NO);
	tree_write(root, NODE "/iommu-map", "odd");
	CHECK_INT(translates(root), TRUTH_UNKNOWN);
	write_entry(root, 0x110, 9);
	CHECK_INT(translates(root), TRUTH_YES);
	write_entry(root, 0x110, 8);
	CHECK_INT(translates(root), TRUTH_NO);
	write_entry(root, 0x119, 0x100);
	CHECK_INT(translates(root), TRUTH_NO);
	tree_write_bytes(root, NODE "/iommu-map-mask", mask, sizeof(mask));
	write_entry(root, 0x18, 1);
	CHECK_INT(translates(root), TRUTH_YES);
	tree_write_bytes(root, NODE "/iommu-map-mask", mask, 2);
	CHECK_INT(translates(root), TRUTH_UNKNOWN);
}

static enum truth coherent(const struct host_root *root)
{
	struct pci_device device = read_nic(root);
	enum truth truth = device.tree_iommu_coherent;

	pci_device_release(&device);
	return truth;
}

static void test_coherence(const struct host_root *root)
{
	CHECK_INT(coherent(root), TRUTH_UNKNOWN);
	tree_link(
		root,
		"/sys/devices/platform/4010000000.pcie/pci0002:00/0002:00:01.0/0002:01:03.0/iommu",
		"../smmu3.0x0000000009050000");
	CHECK_INT(coherent(root), TRUTH_UNKNOWN);
	tree_folder(root, SMMU);
	CHECK_INT(coherent(root), TRUTH_NO);
	tree_write(root, SMMU "/dma-coherent", "");
	CHECK_INT(coherent(root), TRUTH_YES);
}

int main(void)
{
	struct host_root root;

	tree_open(&root);
	tree_add_function(&root, &nic);
	test_map(&root);
	test_coherence(&root);
	tree_close(&root);
	return check_result();
}
