/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "host/group.h"
#include "host/iommu_function.h"
#include "host/pci.h"
#include "tests/unit/check.h"
#include "tests/unit/host_tree.h"

#define NVME "/sys/devices/pci0000:00/0000:00:03.0"

static const struct tree_function nvme = {"0000:00:03.0", "pci0000:00", "10802", "1B36",
					  "0010",	  "nvme",	3};
static const struct tree_function nic = {"0000:00:02.0", "pci0000:00", "20000", "8086",
					 "10D3",	 "e1000e",     3};
static const struct tree_function bare = {"10000:01:00.0", "pci10000:00", "30000", "8086",
					  "0001",	   NULL,	  -1};

static struct pci_address address_of(const char *text)
{
	struct pci_address address = {0};

	CHECK_INT(pci_address_parse_exact(text, &address), 0);
	return address;
}

static void test_list(const struct host_root *root)
{
	const struct pci_device *device;
	struct pci_device_list list;
	struct pci_address absent = {0, 0, 9, 0};

	CHECK_INT(host_pci_list(root, &list), 0);
	CHECK_INT(list.n_devices, 4);
	device = &list.devices[0];
	CHECK_INT(device->address.slot, 2);
	CHECK_INT(device->class_code.number, 0x020000);
	CHECK_INT(device->vendor.number, 0x8086);
	CHECK_INT(device->device.number, 0x10d3);
	CHECK_INT(device->revision.state, FACT_UNKNOWN);
	CHECK_STR(device->driver.text, "e1000e");
	CHECK_INT(device->group.number, 3);
	device = &list.devices[3];
	CHECK_INT(device->address.domain, 0x10000);
	CHECK_INT(device->driver.state, FACT_ABSENT);
	CHECK_INT(device->group.state, FACT_ABSENT);
	/* 0000:00:04.0 has no modalias; its attributes speak. */
	device = &list.devices[2];
	CHECK_INT(device->class_code.number, 0x060100);
	CHECK_INT(device->vendor.number, 0x8086);
	CHECK_INT(device->device.number, 0x2918);
	CHECK(pci_device_list_find(&list, &device->address) == device);
	CHECK(pci_device_list_find(&list, &absent) == NULL);
	pci_device_list_release(&list);
	CHECK(list.devices == NULL);
}

static void test_detail(const struct host_root *root)
{
	struct pci_address address = address_of("0000:00:03.0");
	struct pci_device device;

	CHECK_INT(host_pci_read_detail(root, &address, &device), 0);
	CHECK_STR(device.modalias.text, "pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02");
	CHECK_INT(device.revision.number, 2);
	CHECK_INT(device.driver_override.state, FACT_ABSENT);
	CHECK_STR(device.iommu.text, "dmar0");
	CHECK_INT(device.header_type.number, 0);
	CHECK_INT(device.config_all_ones, TRUTH_NO);
	CHECK_INT(device.sriov_numvfs.state, FACT_KNOWN);
	CHECK_INT(device.sriov_numvfs.number, 2);
	CHECK_INT(device.sriov_totalvfs.number, 8);
	CHECK_INT(device.vf_autoprobe, TRUTH_YES);
	CHECK_INT(device.physfn.state, FACT_ABSENT);
	CHECK_INT(device.boot_vga, TRUTH_NO);
	CHECK_STR(device.vfio_dev.text, "vfio3");
	CHECK_STR(device.power_control.text, "on");
	CHECK_STR(device.reset_method.text, "flr bus");
	CHECK_STR(device.power_state.text, "D0");
	pci_device_release(&device);
}

/* A display behind a port, below VMD: power, place, BARs and who has them. */
static void test_resources(const struct host_root *root)
{
	struct pci_address address = address_of("0000:02:00.0");
	struct pci_device_list list;
	struct pci_device device;

	CHECK_INT(host_pci_read_detail(root, &address, &device), 0);
	CHECK_STR(device.upstream.text, "0000:00:03.0");
	CHECK_INT(device.domain_owner.state, FACT_ABSENT);
	CHECK_STR(device.upstream_power_control.text, "on");
	CHECK_INT(device.upstream_runtime_status.state, FACT_ABSENT);
	CHECK_STR(device.upstream_power_state.text, "D0");
	CHECK_STR(device.upstream_d3cold_allowed.text, "1");
	CHECK_STR(device.runtime_status.text, "error");
	CHECK_STR(device.removable.text, "removable");
	CHECK_INT(device.mdev_types.state, FACT_KNOWN);
	CHECK_INT(device.mdev_types.number, 2);
	CHECK_INT(device.bars_state, FACT_KNOWN);
	CHECK(!device.bars[0].unassigned && device.bars[0].last == 0xfdffffff);
	CHECK(!device.bars[1].unassigned && device.bars[1].last == 0);
	CHECK(device.bars[2].unassigned);
	CHECK(device.bars[3].unassigned);
	CHECK(!device.bars[4].unassigned);
	CHECK_STR(device.framebuffer.text, "BOOTFB");
	pci_device_release(&device);
	tree_write(root, "/proc/iomem", "00000000-00000000 : BOOTFB\n");
	CHECK_INT(host_pci_read_detail(root, &address, &device), 0);
	CHECK_INT(device.framebuffer.state, FACT_UNKNOWN);
	pci_device_release(&device);
	tree_write(root, "/proc/iomem", "e0000000-e0ffffff : BOOTFB\n");
	CHECK_INT(host_pci_read_detail(root, &address, &device), 0);
	CHECK_INT(device.framebuffer.state, FACT_ABSENT);
	pci_device_release(&device);
	address = address_of("10001:01:00.0");
	CHECK_INT(host_pci_read_detail(root, &address, &device), 0);
	CHECK_STR(device.upstream.text, "10001:00:02.0");
	CHECK_STR(device.domain_owner.text, "0000:00:0e.0");
	CHECK_INT(device.bars_state, FACT_UNKNOWN);
	pci_device_release(&device);
	address = address_of("0000:00:03.0");
	CHECK_INT(host_pci_list_bus(root, &address, &list), 0);
	CHECK_INT(list.n_devices, 2);
	CHECK_INT(list.devices[0].address.slot, 2);
	CHECK_STR(list.devices[0].driver.text, "e1000e");
	pci_device_list_release(&list);
}

static void build_resources(const struct host_root *root)
{
	static const struct tree_function display = {
		"0000:02:00.0", "pci0000:00/0000:00:03.0", "30000", "1234", "1111", NULL, -1};
	static const struct tree_function child = {
		"10001:01:00.0",
		"pci0000:00/0000:00:0e.0/pci10001:00/10001:00:02.0",
		"10802",
		"8086",
		"0001",
		NULL,
		-1};

	tree_add_function(root, &display);
	tree_add_function(root, &child);
	tree_write(root, NVME "/0000:02:00.0/power/runtime_status", "error\n");
	tree_write(root, NVME "/d3cold_allowed", "1\n");
	tree_write(root, NVME "/0000:02:00.0/removable", "removable\n");
	tree_folder(root, NVME "/0000:02:00.0/mdev_supported_types/a-1");
	tree_folder(root, NVME "/0000:02:00.0/mdev_supported_types/a-2");
	tree_write(root, NVME "/0000:02:00.0/resource",
		   "0x00000000fd000000 0x00000000fdffffff 0x0000000000042208\n"
		   "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		   "0x0000000000000000 0x00003fffffffffff 0x0000000000000000\n"
		   "0x00000000c0000000 0x00000000c0000fff 0x0000000020040200\n"
		   "0x0000000000000000 0x000000000000001f 0x0000000020040101\n"
		   "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	tree_write(root, "/proc/iomem",
		   "c0000000-febfffff : PCI Bus 0000:00\n  fd000000-fd2fffff : BOOTFB\n");
}

/* A virtual function, whose facts stand partly at its physical function. */
static void test_virtual_function(const struct host_root *root)
{
	struct pci_address address = address_of("0000:00:02.0");
	struct pci_device device;

	CHECK_INT(host_pci_read_detail(root, &address, &device), 0);
	CHECK_STR(device.physfn.text, "0000:00:03.0");
	CHECK_STR(device.physfn_driver.text, "nvme");
	CHECK_INT(device.vf_autoprobe, TRUTH_YES);
	CHECK_STR(device.driver_override.text, "pci-stub");
	CHECK_INT(device.config_all_ones, TRUTH_YES);
	CHECK_INT(device.header_type.state, FACT_UNKNOWN);
	CHECK_INT(device.sriov_numvfs.state, FACT_ABSENT);
	CHECK_INT(device.vfio_dev.state, FACT_ABSENT);
	/* Before 5.15 a file "reset" was all there was: the methods are not known. */
	CHECK_INT(device.reset_method.state, FACT_UNKNOWN);
	pci_device_release(&device);
}

/* A virtual function has ones for ids even in the best of health. */
static void test_ids_of_virtual_function(const struct host_root *root)
{
	static const uint8_t config[64] = {0xff, 0xff, 0xff, 0xff, 0x06, 0x00, 0x10, 0x00};
	struct pci_address address = address_of("0000:00:02.0");
	struct pci_device device;

	tree_write_bytes(root, "/sys/devices/pci0000:00/0000:00:02.0/config", config,
			 sizeof(config));
	CHECK_INT(host_pci_read_detail(root, &address, &device), 0);
	CHECK_INT(device.config_all_ones, TRUTH_NO);
	CHECK_INT(device.header_type.state, FACT_KNOWN);
	pci_device_release(&device);
}

static void test_detail_of_nothing(const struct host_root *root)
{
	struct pci_address address = {0, 0xff, 0x1f, 7};
	struct pci_device device;

	CHECK_INT(host_pci_read_detail(root, &address, &device), -ENOENT);
	CHECK(device.driver.text == NULL);
	address = address_of("10000:01:00.0");
	CHECK_INT(host_pci_read_detail(root, &address, &device), 0);
	CHECK_INT(device.driver_override.state, FACT_UNKNOWN);
	CHECK_INT(device.config_all_ones, TRUTH_UNKNOWN);
	CHECK_INT(device.reset_method.state, FACT_ABSENT);
	CHECK_INT(device.boot_vga, TRUTH_YES);
	pci_device_release(&device);
}

static void test_group(const struct host_root *root)
{
	struct iommu_group group;

	tree_write(root, "/sys/kernel/iommu_groups/3/type", "DMA-FQ\n");
	tree_write(root, "/sys/kernel/iommu_groups/3/reserved_regions",
		   "0x000000007bf00000 0x000000007bffffff direct\n"
		   "0x00000000fee00000 0x00000000feefffff msi\n");
	tree_folder(root, "/sys/kernel/iommu_groups/3/devices/platform-thing");
	tree_folder(root, "/sys/class/vfio/3");
	CHECK_INT(host_group_read(root, 3, &group), 0);
	CHECK_INT(group.n_members, 2);
	CHECK_INT(group.members[0].slot, 2);
	CHECK_INT(group.n_other_members, 1);
	CHECK_STR(group.type.text, "DMA-FQ");
	CHECK_INT(group.n_regions, 2);
	CHECK_INT(group.regions[0].last, 0x7bffffff);
	CHECK_INT(iommu_group_has_direct_region(&group), TRUTH_YES);
	CHECK_INT(group.noiommu, TRUTH_NO);
	CHECK_INT(group.node, TRUTH_YES);
	CHECK_INT(group.node_visible, TRUTH_UNKNOWN);
	iommu_group_release(&group);
	tree_write(root, "/dev/null", "");
	tree_write(root, "/sys/kernel/iommu_groups/3/name", "vfio-noiommu\n");
	tree_write(root, "/sys/kernel/iommu_groups/3/reserved_regions", "0x0 zero direct\n");
	CHECK_INT(host_group_read(root, 3, &group), 0);
	CHECK_INT(group.noiommu, TRUTH_YES);
	CHECK_INT(group.node, TRUTH_NO);
	CHECK_INT(group.node_visible, TRUTH_NO);
	CHECK_INT(iommu_group_has_direct_region(&group), TRUTH_UNKNOWN);
	iommu_group_release(&group);
	CHECK_INT(host_group_read(root, 4, &group), -ENOENT);
}

static enum truth is_iommu(const struct host_root *root, uint8_t slot)
{
	return host_iommu_is_function(root, &(struct pci_address){.slot = slot});
}

/* VT-d's is no PCI function; AMD's and virtio's are, and virtio's entry is named after its own. */
static void test_iommu_function(const struct host_root *root)
{
	const char *pci = "../../devices/pci0000:00";
	char target[128];

	CHECK_INT(is_iommu(root, 5), TRUTH_NO);
	tree_link(root, "/sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0");
	snprintf(target, sizeof(target), "%s/0000:00:05.0/iommu/ivhd0", pci);
	tree_link(root, "/sys/class/iommu/ivhd0", target);
	snprintf(target, sizeof(target), "%s/0000:00:06.0/virtio0/iommu/0000:00:06.0", pci);
	tree_link(root, "/sys/class/iommu/0000:00:06.0", target);
	snprintf(target, sizeof(target), "%s/0000:00:07.0/0000:01:00.0/iommu/ivhd1", pci);
	tree_link(root, "/sys/class/iommu/ivhd1", target);
	CHECK_INT(is_iommu(root, 2), TRUTH_NO);
	CHECK_INT(is_iommu(root, 5), TRUTH_YES);
	CHECK_INT(is_iommu(root, 6), TRUTH_YES);
	CHECK_INT(is_iommu(root, 7), TRUTH_NO);
}

/* A link that leads out of the tree is resolved inside it. */
static void test_no_escape(const struct host_root *root)
{
	char text[64];

	tree_link(root, "/escape", "/etc/passwd");
	tree_link(root, "/escape2", "../../../../../../etc/passwd");
	CHECK_INT(host_root_read(root, text, sizeof(text), "/escape"), -ENOENT);
	CHECK_INT(host_root_read(root, text, sizeof(text), "/escape2"), -ENOENT);
	CHECK_INT(host_root_exists(root, "/escape"), 0);
	CHECK_INT(host_root_exists(root, "/sys/bus/pci"), 1);
	CHECK_INT(host_root_read_link_name(root, text, sizeof(text), "/escape"), 6);
	CHECK_STR(text, "passwd");
	CHECK_INT(host_root_read_link_name(root, text, sizeof(text), "/sys"), -EINVAL);
	CHECK_INT(host_root_read(root, text, 4, NVME "/reset_method"), -EMSGSIZE);
}

static void build(const struct host_root *root)
{
	uint8_t config[64] = {0x36, 0x1b, [0x0e] = 0x80};

	tree_add_function(root, &nvme);
	tree_add_function(root, &nic);
	tree_add_function(root, &bare);
	tree_write(root, "/sys/bus/pci/devices/not-an-address", "");
	tree_write(root, "/sys/bus/pci/devices/0000:00:04.0/class", "0x060100\n");
	tree_write(root, "/sys/bus/pci/devices/0000:00:04.0/vendor", "0x8086\n");
	tree_write(root, "/sys/bus/pci/devices/0000:00:04.0/device", "0x2918\n");
	tree_write_bytes(root, NVME "/config", config, sizeof(config));
	tree_write(root, NVME "/revision", "0x02\n");
	tree_write(root, NVME "/driver_override", "(null)\n");
	tree_link(root, NVME "/iommu", "../../virtual/iommu/dmar0");
	tree_write(root, NVME "/sriov_numvfs", "2\n");
	tree_write(root, NVME "/sriov_totalvfs", "8\n");
	tree_write(root, NVME "/sriov_drivers_autoprobe", "1\n");
	tree_folder(root, NVME "/vfio-dev/vfio3");
	tree_write(root, NVME "/power/control", "on\n");
	tree_write(root, NVME "/reset_method", "flr bus\n");
	tree_write(root, NVME "/power_state", "D0\n");
	memset(config, 0xff, sizeof(config));
	tree_write_bytes(root, "/sys/devices/pci0000:00/0000:00:02.0/config", config,
			 sizeof(config));
	tree_link(root, "/sys/devices/pci0000:00/0000:00:02.0/physfn", "../0000:00:03.0");
	tree_write(root, "/sys/devices/pci0000:00/0000:00:02.0/driver_override", "pci-stub\n");
	tree_write(root, "/sys/devices/pci0000:00/0000:00:02.0/reset", "");
	tree_write(root, "/sys/devices/pci10000:00/10000:01:00.0/boot_vga", "1\n");
}

int main(void)
{
	struct pci_device_list list;
	struct host_root root;

	tree_open(&root);
	CHECK_INT(host_pci_list(&root, &list), -ENOENT);
	build(&root);
	test_list(&root);
	test_detail(&root);
	test_virtual_function(&root);
	test_ids_of_virtual_function(&root);
	test_detail_of_nothing(&root);
	test_group(&root);
	test_iommu_function(&root);
	test_no_escape(&root);
	build_resources(&root);
	test_resources(&root);
	tree_close(&root);
	CHECK_INT(host_root_open("/nonexistent/tree", &root), -ENOENT);
	return check_result();
}
