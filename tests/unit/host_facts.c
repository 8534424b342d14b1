/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "host/facts.h"
#include "host/memory.h"
#include "tests/unit/check.h"
#include "tests/unit/host_tree.h"

static const uint8_t dmar[48] = {'D', 'M', 'A', 'R', 48, 0, 0, 0, 1, 0xab, [37] = 0};

static void read_facts(const struct host_root *root, struct host_facts *facts)
{
	CHECK_INT(host_facts_read(root, facts), 0);
	CHECK(!facts->live && !facts->root);
}

/* An empty tree: everything is unknown, nothing is absent or off. */
static void test_nothing(const struct host_root *root)
{
	struct host_facts facts;

	read_facts(root, &facts);
	CHECK_INT(facts.kernel_major, 0);
	CHECK_INT(facts.architecture.state, FACT_UNKNOWN);
	CHECK_INT(facts.iommus_state, FACT_UNKNOWN);
	CHECK_INT(facts.groups_state, FACT_UNKNOWN);
	for (int i = 0; i < TABLE_COUNT; i++)
		CHECK_INT(facts.tables[i].present, FACT_UNKNOWN);
	CHECK_INT(facts.interrupt_remapping, TRUTH_UNKNOWN);
	CHECK_INT(facts.core_direct_rule, TRUTH_UNKNOWN);
	CHECK_INT(facts.claim_paging_domain, TRUTH_UNKNOWN);
	CHECK_INT(facts.vfio_pci, MODULE_UNKNOWN);
	CHECK_INT(facts.lockdown.state, FACT_UNKNOWN);
	CHECK_INT(facts.container_node, TRUTH_UNKNOWN);
	host_facts_release(&facts);
}

/* The tightest cgroup counts where it leaves less than the host has. */
static void test_memory(const struct host_root *root)
{
	char where[HOST_MEMORY_WHERE_SIZE];

	CHECK_INT(host_memory_available(root, where).state, FACT_UNKNOWN);
	tree_write(root, "/proc/meminfo", "MemTotal: 8 kB\nMemAvailable:   1024 kB\n");
	CHECK_INT(host_memory_available(root, where).number, 1024 * 1024);
	CHECK_STR(where, "/proc/meminfo MemAvailable");
	tree_write(root, "/proc/self/cgroup", "1:cpu:/x\n0::/vm.slice/one.service\n");
	tree_write(root, "/sys/fs/cgroup/vm.slice/memory.max", "300000\n");
	tree_write(root, "/sys/fs/cgroup/vm.slice/memory.current", "200000\n");
	tree_write(root, "/sys/fs/cgroup/vm.slice/one.service/memory.max", "max\n");
	tree_write(root, "/sys/fs/cgroup/vm.slice/one.service/memory.current", "200000\n");
	CHECK_INT(host_memory_available(root, where).number, 100000);
	CHECK_STR(where, "/sys/fs/cgroup/vm.slice/memory.max");
	/* Page cache makes way. */
	tree_write(root, "/sys/fs/cgroup/vm.slice/memory.stat",
		   "anon 9\ninactive_file 50000\nactive_file 100000\n");
	CHECK_INT(host_memory_available(root, where).number, 250000);
	tree_write(root, "/sys/fs/cgroup/vm.slice/memory.current", "400000\n");
	tree_write(root, "/sys/fs/cgroup/vm.slice/memory.stat", "inactive_file 50000\n");
	CHECK_INT(host_memory_available(root, where).number, 0);
	tree_write(root, "/sys/fs/cgroup/vm.slice/memory.max", "9000000\n");
	CHECK_INT(host_memory_available(root, where).number, 1024 * 1024);
	tree_write(root, "/proc/self/cgroup", "0::/../elsewhere\n");
	CHECK_INT(host_memory_available(root, where).number, 1024 * 1024);
}

static void test_host(const struct host_root *root)
{
	struct fact_number used, supported;
	struct host_facts facts;

	tree_write(root, "/proc/sys/kernel/osrelease", "6.12.107+deb13-amd64\n");
	tree_write(root, "/proc/cmdline", "quiet intel_iommu=on\n");
	tree_write(root, "/iommu-diag/architecture", "x86_64\n");
	tree_folder(root, "/sys/class/iommu/dmar10");
	tree_folder(root, "/sys/class/iommu/dmar2");
	tree_write(root, "/sys/class/iommu/dmar2/intel-iommu/domains_used", "65536\n");
	tree_folder(root, "/sys/kernel/iommu_groups/0");
	tree_folder(root, "/sys/kernel/iommu_groups/1");
	tree_write_bytes(root, "/sys/firmware/acpi/tables/DMAR", dmar, sizeof(dmar));
	tree_folder(root, "/sys/firmware/acpi/tables/dynamic");
	tree_write(root, "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	tree_write(root, "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "N\n");
	read_facts(root, &facts);
	CHECK_STR(facts.kernel_release.text, "6.12.107+deb13-amd64");
	CHECK_INT(facts.kernel_major * 100 + facts.kernel_minor, 612);
	CHECK_STR(facts.command_line.text, "quiet intel_iommu=on");
	CHECK_STR(facts.architecture.text, "x86_64");
	CHECK_INT(facts.n_iommus, 2);
	CHECK_STR(facts.iommus[0], "dmar2");
	CHECK_INT(facts.n_groups, 2);
	CHECK_INT(facts.tables[TABLE_DMAR].present, FACT_KNOWN);
	CHECK_INT(facts.tables[TABLE_DMAR].parsed, FACT_KNOWN);
	CHECK_INT(facts.tables[TABLE_IVRS].present, FACT_ABSENT);
	/* No chip has spoken: the table says that there is no interrupt remapping. */
	CHECK_INT(facts.interrupt_remapping, TRUTH_NO);
	CHECK_STR(facts.interrupt_remapping_where, "DMAR");
	CHECK_STR(facts.lockdown.text, "integrity");
	CHECK_STR(facts.type1_allow_unsafe.text, "N");
	CHECK_INT(facts.iommufd_allow_unsafe.state, FACT_ABSENT);
	host_facts_release(&facts);
	host_iommu_domain_counters(root, "dmar2", &used, &supported);
	CHECK_INT(used.number, 65536);
	CHECK_INT(supported.state, FACT_ABSENT);
	host_iommu_domain_counters(root, "../x", &used, &supported);
	CHECK_INT(used.state, FACT_UNKNOWN);
}

/* 256 ids, 0 and 1 reserved: counted as used up to 6.12, not counted in 7.3. */
static void test_domain_ids(const struct host_root *root)
{
	static const struct {
		const char *release;
		enum truth at_253, at_254, at_255, at_256;
	} kernels[] = {
		{"6.1.0-56-amd64\n", TRUTH_NO, TRUTH_NO, TRUTH_NO, TRUTH_YES},
		{"6.12.107+deb13-amd64\n", TRUTH_NO, TRUTH_NO, TRUTH_NO, TRUTH_YES},
		{"6.18.2\n", TRUTH_NO, TRUTH_UNKNOWN, TRUTH_UNKNOWN, TRUTH_YES},
		{"7.3.4+deb13-amd64\n", TRUTH_NO, TRUTH_YES, TRUTH_YES, TRUTH_YES},
		{"strange\n", TRUTH_NO, TRUTH_UNKNOWN, TRUTH_UNKNOWN, TRUTH_YES},
	};

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		tree_write(root, "/proc/sys/kernel/osrelease", kernels[i].release);
		CHECK_INT(host_iommu_domain_ids_full(root, 253, 256), kernels[i].at_253);
		CHECK_INT(host_iommu_domain_ids_full(root, 254, 256), kernels[i].at_254);
		CHECK_INT(host_iommu_domain_ids_full(root, 255, 256), kernels[i].at_255);
		CHECK_INT(host_iommu_domain_ids_full(root, 256, 256), kernels[i].at_256);
	}
}

static const struct {
	const char *architecture, *interrupts;
	enum truth truth;
	const char *value;
} interrupts[] = {
	{"x86_64", "   CPU0\n  4:  7  IO-APIC   4-edge  ttyS0\n 24: 0 PCI-MSI 1-edge x\n", TRUTH_NO,
	 "IO-APIC"},
	{"x86_64", " 4: 7 9 IR-IO-APIC 4-edge ttyS0\n 24: 0 0 PCI-MSI 1-edge x\n", TRUTH_YES,
	 "IR-IO-APIC"},
	{"x86_64", " 24: 0 IR-PCI-MSIX-0000:00:03.0 0-edge nvme0q0\n", TRUTH_YES,
	 "IR-PCI-MSIX-0000:00:03.0"},
	{"x86_64", " 24: 0 DMAR-MSI 0-edge dmar0\nNMI: 5 Non-maskable interrupts\n", TRUTH_NO,
	 "INTR_REMAP is clear"},
	{"aarch64", " 14: 0 ITS-PCI-MSI-0000:00:01.0 0 Edge nvme0q0\n", TRUTH_YES,
	 "ITS-PCI-MSI-0000:00:01.0"},
	{"riscv64", " 14: 0 PCI-MSIX-0000:00:01.0 0 Edge nvme0q0\n", TRUTH_NO,
	 "INTR_REMAP is clear"},
};

static void test_interrupts(const struct host_root *root)
{
	struct host_facts facts;

	for (size_t i = 0; i < sizeof(interrupts) / sizeof(interrupts[0]); i++) {
		tree_write(root, "/iommu-diag/architecture", interrupts[i].architecture);
		tree_write(root, "/proc/interrupts", interrupts[i].interrupts);
		read_facts(root, &facts);
		CHECK_INT(facts.interrupt_remapping, interrupts[i].truth);
		CHECK_STR(facts.interrupt_remapping_value, interrupts[i].value);
		host_facts_release(&facts);
	}
}

#define COMMON                                                                                     \
	"0000000000000000 T iommu_attach_group\n"                                                  \
	"0000000000000000 t my__iommu_device_set_domain\n"
#define RULE "0000000000000000 t __iommu_device_set_domain\n"
#define INTEL "0000000000000000 t blocking_domain_attach_dev\n"
#define AMD "0000000000000000 t blocked_domain_attach_device.constprop.0\t[amd]\n"

static const struct {
	const char *release, *symbols, *iommu;
	enum truth core_rule, paging;
} kernels[] = {
	{"6.1.0", COMMON, "dmar0", TRUTH_NO, TRUTH_YES},
	{"6.1.0", COMMON, "ivhd0", TRUTH_NO, TRUTH_YES},
	{"6.1.0", COMMON, NULL, TRUTH_NO, TRUTH_UNKNOWN},
	{"6.1.0", COMMON, "smmu3.0x0000000009050000", TRUTH_NO, TRUTH_YES},
	{"6.1.0", COMMON, "virtio1", TRUTH_NO, TRUTH_UNKNOWN},
	/* A distribution's 5.14 that carries the whole of it. */
	{"5.14.0-503.el9", COMMON RULE INTEL AMD, "dmar0", TRUTH_YES, TRUTH_NO},
	{"6.12.107", COMMON RULE INTEL AMD, "dmar0", TRUTH_YES, TRUTH_NO},
	{"6.12.107", RULE INTEL, "ivhd0", TRUTH_YES, TRUTH_UNKNOWN},
	{"6.12.107", COMMON, "dmar0", TRUTH_UNKNOWN, TRUTH_UNKNOWN},
	{"6.5.0", RULE INTEL, "dmar0", TRUTH_UNKNOWN, TRUTH_NO},
	{"6.4.0", INTEL, "dmar0", TRUTH_NO, TRUTH_NO},
	{"6.4.0", INTEL, "ivhd0", TRUTH_NO, TRUTH_YES},
	{"6.1.0", "", "dmar0", TRUTH_UNKNOWN, TRUTH_UNKNOWN},
	{"gibberish", COMMON, "dmar0", TRUTH_UNKNOWN, TRUTH_UNKNOWN},
};

static void test_symbols(void)
{
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		struct host_facts facts;
		struct host_root root;
		char path[64];

		tree_open(&root);
		tree_write(&root, "/proc/sys/kernel/osrelease", kernels[i].release);
		tree_write(&root, "/proc/kallsyms", kernels[i].symbols);
		snprintf(path, sizeof(path), "/sys/class/iommu/%s",
			 kernels[i].iommu ? kernels[i].iommu : "");
		tree_folder(&root, path);
		read_facts(&root, &facts);
		if (facts.core_direct_rule != kernels[i].core_rule ||
		    facts.claim_paging_domain != kernels[i].paging)
			fprintf(stderr, "row %zu:\n", i);
		CHECK_INT(facts.core_direct_rule, kernels[i].core_rule);
		CHECK_INT(facts.claim_paging_domain, kernels[i].paging);
		host_facts_release(&facts);
		tree_close(&root);
	}
}

/* Longer than what is read at once, with the one line that counts across every boundary. */
static void test_long_symbols(const struct host_root *root)
{
	enum { SIZE = 300000 };
	static const char rule[] = "\n0000000000000000 t __iommu_device_set_domain\n";
	char *text = malloc(SIZE + 1);
	struct host_facts facts;

	for (size_t at = 65536 - sizeof(rule); at < 65536 + 2; at++) {
		for (size_t i = 0; i < SIZE; i++)
			text[i] = "0000000000000000 T xy\n"[i % 22];
		text[SIZE] = '\0';
		memcpy(text + at, rule, strlen(rule));
		tree_write(root, "/proc/kallsyms", text);
		read_facts(root, &facts);
		CHECK_INT(facts.core_direct_rule, TRUTH_YES);
		host_facts_release(&facts);
	}
	free(text);
}

static void test_broken_table(const struct host_root *root)
{
	struct host_facts facts;

	tree_write_bytes(root, "/sys/firmware/acpi/tables/DMAR", dmar, 47);
	read_facts(root, &facts);
	CHECK_INT(facts.tables[TABLE_DMAR].present, FACT_KNOWN);
	CHECK_INT(facts.tables[TABLE_DMAR].parsed, FACT_UNKNOWN);
	CHECK(facts.tables[TABLE_DMAR].problem != NULL);
	host_facts_release(&facts);
}

static void test_device_tree(void)
{
	struct host_facts facts;
	struct host_root root;

	tree_open(&root);
	tree_folder(&root, "/sys/firmware/devicetree/base/soc");
	tree_folder(&root, "/sys/class/pci_bus/0001:00/of_node");
	read_facts(&root, &facts);
	CHECK_INT(facts.device_tree, FACT_KNOWN);
	CHECK_INT(facts.device_tree_iommu, TRUTH_UNKNOWN);
	host_facts_release(&facts);
	tree_write(&root, "/sys/class/pci_bus/0001:00/of_node/iommu-map", "");
	read_facts(&root, &facts);
	CHECK_INT(facts.device_tree_iommu, TRUTH_YES);
	host_facts_release(&facts);
	/* With ACPI the tree is a shell. */
	tree_folder(&root, "/sys/firmware/acpi/tables");
	read_facts(&root, &facts);
	CHECK_INT(facts.device_tree, FACT_ABSENT);
	CHECK_INT(facts.device_tree_iommu, TRUTH_UNKNOWN);
	host_facts_release(&facts);
	tree_close(&root);
}

int main(void)
{
	struct host_root root;

	tree_open(&root);
	test_nothing(&root);
	test_memory(&root);
	test_host(&root);
	test_interrupts(&root);
	test_long_symbols(&root);
	test_broken_table(&root);
	test_domain_ids(&root);
	tree_close(&root);
	test_device_tree();
	test_symbols();
	return check_result();
}
