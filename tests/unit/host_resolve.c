/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "host/resolve.h"
#include "tests/unit/check.h"
#include "tests/unit/host_tree.h"

static const struct tree_function functions[] = {
	{"0000:00:00.0", "pci0000:00", "60000", "8086", "29C0", NULL, 0},
	{"0000:00:01.0", "pci0000:00", "60400", "8086", "3420", "pcieport", 1},
	{"0000:00:02.0", "pci0000:00", "20000", "8086", "10D3", "e1000e", 2},
	{"0000:01:00.0", "pci0000:00/0000:00:01.0", "10802", "1B36", "0010", "nvme", 1},
	{"0000:01:00.1", "pci0000:00/0000:00:01.0", "10802", "1B36", "0010", "nvme", 1},
	{"0000:02:00.0", "pci0000:00", "80600", "1AF4", "1057", NULL, -1},
	{"10000:e1:00.0", "pci10000:e0", "10802", "1B36", "0010", "nvme", 9},
};

/* The addresses are joined by blanks; NULL: the answer is an error that says @answer. */
static const struct {
	const char *word;
	int answer;
	const char *addresses;
} words[] = {
	{"0000:00:02.0", 0, "0000:00:02.0"},
	{"00:02.0", 0, "0000:00:02.0"},
	{"2.0", 0, "0000:00:02.0"},
	{"01:", 0, "0000:01:00.0 0000:01:00.1"},
	{"01:00", 0, "0000:01:00.0 0000:01:00.1"},
	{".1", 0, "0000:01:00.1"},
	{"pci/0000:00:02.0", 0, "0000:00:02.0"},
	{"pci_0000_01_00_1", 0, "0000:01:00.1"},
	{"10000:e1:00.0", 0, "10000:e1:00.0"},
	{"0000:ff:1f.7", -ENODEV, "no PCI device matches \"0000:ff:1f.7\""},
	{"group:1", 0, "0000:01:00.0 0000:01:00.1"},
	{"group:2", 0, "0000:00:02.0"},
	{"group:77", -ENODEV, "no IOMMU group matches \"group:77\""},
	{"group:5", -ENODEV, "\"group:5\" has no PCI endpoint function"},
	{"group:", -EINVAL, NULL},
	{"group:x", -EINVAL, NULL},
	{"group:-1", -EINVAL, NULL},
	{"group:99999999999", -EINVAL, NULL},
	{"eth0", 0, "0000:00:02.0"},
	{"eth0.100", -ENODEV, "\"eth0.100\" is not behind a PCI device"},
	{"nvme0n1", 0, "0000:01:00.0"},
	{"/dev/nvme0n1", 0, "0000:01:00.0"},
	{"/dev/nvme0n1p1", 0, "0000:01:00.0"},
	{"nvme1n1", 0, "0000:01:00.1 10000:e1:00.0"},
	{"/dev/eth0", -ENODEV, "there is no network interface or block device \"/dev/eth0\""},
	{"eth7", -ENODEV, "there is no network interface or block device \"eth7\""},
	{"lo", -ENODEV, "\"lo\" is not behind a PCI device"},
	{"", -EINVAL, NULL},
	{".", -EINVAL, NULL},
	{"..", -EINVAL, NULL},
	{"/dev/", -EINVAL, NULL},
	{"/dev/../etc", -EINVAL, NULL},
	{"0000:00:02.8", -EINVAL, NULL},
	{"0000:00:20.0", -EINVAL, NULL},
	{"0000:100:02.0", -EINVAL, NULL},
	{"0000:0000:00:02.0", -EINVAL, NULL},
	{"0000:00:02.0 ", -EINVAL, NULL},
	{"pci_0000_00_02", -EINVAL, NULL},
	{"pci/eth0", -EINVAL, NULL},
	{"g0:00.0", -EINVAL, NULL},
};

static void join(const struct pci_address_list *list, char *buffer)
{
	char name[PCI_ADDRESS_SIZE];

	buffer[0] = '\0';
	for (size_t i = 0; i < list->n_addresses; i++) {
		strcat(buffer, i ? " " : "");
		strcat(buffer, pci_address_format(&list->addresses[i], name));
	}
}

static void test_word(const struct host_root *root, const struct pci_device_list *devices,
		      size_t at)
{
	struct pci_address_list list = {0};
	char *problem = NULL, joined[512];
	int r = host_resolve_device(root, devices, words[at].word, &list, &problem);

	if (r != words[at].answer)
		fprintf(stderr, "word \"%s\":\n", words[at].word);
	CHECK_INT(r, words[at].answer);
	join(&list, joined);
	if (r == 0) {
		CHECK_STR(joined, words[at].addresses);
		CHECK_STR(problem, NULL);
	} else {
		CHECK_INT(list.n_addresses, 0);
		CHECK(problem && strstr(problem, words[at].word));
		if (words[at].addresses)
			CHECK_STR(problem, words[at].addresses);
		else
			CHECK(problem && strstr(problem, "expected"));
	}
	free(problem);
	pci_address_list_release(&list);
}

/* What two words name is in the set once. */
static void test_set(const struct host_root *root, const struct pci_device_list *devices)
{
	struct pci_address_list list = {0};
	char *problem, joined[512];

	CHECK_INT(host_resolve_device(root, devices, "01:00.1", &list, &problem), 0);
	CHECK_INT(host_resolve_device(root, devices, "group:1", &list, &problem), 0);
	CHECK_INT(host_resolve_device(root, devices, "eth0", &list, &problem), 0);
	join(&list, joined);
	CHECK_STR(joined, "0000:01:00.1 0000:01:00.0 0000:00:02.0");
	CHECK_INT(host_resolve_all(devices, &list), 0);
	join(&list, joined);
	CHECK_STR(joined, "0000:01:00.1 0000:01:00.0 0000:00:02.0 10000:e1:00.0");
	pci_address_list_release(&list);
}

static void build(const struct host_root *root)
{
	static const char *const block[][2] = {
		{"nvme0n1", "pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0/nvme0n1"},
		{"nvme0n1p1", "pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0/nvme0n1/nvme0n1p1"},
		{"nvme1n1", "virtual/nvme-subsystem/nvme-subsys1/nvme1n1"},
	};
	char path[128], target[256];

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		tree_add_function(root, &functions[i]);
	for (size_t i = 0; i < sizeof(block) / sizeof(block[0]); i++) {
		snprintf(path, sizeof(path), "/sys/class/block/%s", block[i][0]);
		snprintf(target, sizeof(target), "../../devices/%s", block[i][1]);
		tree_link(root, path, target);
		snprintf(target, sizeof(target), "/sys/devices/%s", block[i][1]);
		tree_folder(root, target);
	}
	tree_link(root, "/sys/class/nvme-subsystem/nvme-subsys1",
		  "../../devices/virtual/nvme-subsystem/nvme-subsys1");
	tree_link(root, "/sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1",
		  "../../../pci0000:00/0000:00:01.0/0000:01:00.1/nvme/nvme1");
	tree_link(root, "/sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme2",
		  "../../../pci10000:e0/10000:e1:00.0/nvme/nvme2");
	tree_link(root, "/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:02.0/net/eth0");
	tree_folder(root, "/sys/devices/pci0000:00/0000:00:02.0/net/eth0");
	tree_link(root, "/sys/class/net/lo", "../../devices/virtual/net/lo");
	tree_folder(root, "/sys/devices/virtual/net/lo");
	tree_link(root, "/sys/class/net/eth0.100", "../../devices/virtual/net/eth0.100");
	tree_folder(root, "/sys/devices/virtual/net/eth0.100");
	tree_folder(root, "/sys/kernel/iommu_groups/5/devices");
}

int main(void)
{
	struct pci_device_list devices;
	struct host_root root;

	tree_open(&root);
	build(&root);
	CHECK_INT(host_pci_list(&root, &devices), 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		test_word(&root, &devices, i);
	test_set(&root, &devices);
	pci_device_list_release(&devices);
	tree_close(&root);
	return check_result();
}
