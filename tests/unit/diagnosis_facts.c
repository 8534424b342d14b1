/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>

#include "diagnosis/facts_evidence.h"
#include "diagnosis/log_evidence.h"
#include "tests/unit/check.h"

static enum truth group_present(const char *architecture, const char *iommu, const char *driver)
{
	char *iommus[] = {(char *)iommu};
	struct host_facts host = {
		.architecture = {FACT_KNOWN, (char *)architecture},
		.iommus_state = FACT_KNOWN,
		.iommus = iommus,
		.n_iommus = iommu ? 1 : 0,
	};
	struct pci_device device = {
		.group = {FACT_ABSENT, 0},
		.driver = {driver ? FACT_KNOWN : FACT_ABSENT, (char *)driver},
	};
	struct device_view view = {.host = &host, .device = &device};
	struct evidence_set set = {0};
	enum truth truth;

	evidence_from_facts(&view, &set);
	truth = set.truth[EVIDENCE_GROUP_PRESENT];
	evidence_set_release(&set);
	return truth;
}

/* Where a group may come with the first driver, its absence before says nothing. */
static void test_group_before_first_bind(void)
{
	CHECK_INT(group_present("x86_64", "dmar0", NULL), TRUTH_NO);
	CHECK_INT(group_present("x86_64", "ivhd0", NULL), TRUTH_NO);
	CHECK_INT(group_present("x86_64", "0000:00:01.0", NULL), TRUTH_UNKNOWN);
	CHECK_INT(group_present("x86_64", "0000:00:01.0", "ahci"), TRUTH_NO);
	CHECK_INT(group_present("x86_64", NULL, NULL), TRUTH_NO);
	CHECK_INT(group_present("aarch64", "smmu3.0x0000000009050000", NULL), TRUTH_UNKNOWN);
	CHECK_INT(group_present("aarch64", "smmu3.0x0000000009050000", "nvme"), TRUTH_NO);
	CHECK_INT(group_present("aarch64", NULL, NULL), TRUTH_NO);
}

static enum truth no_domain_ids(const char *iommu, const char *line)
{
	struct host_facts host = {0};
	struct pci_device device = {.iommu = {iommu ? FACT_KNOWN : FACT_UNKNOWN, (char *)iommu}};
	struct device_view view = {.host = &host, .device = &device};
	struct evidence_set set = {0};
	enum truth truth;

	log_evidence_add_line(&view, line, &set);
	truth = set.truth[EVIDENCE_LOG_NO_DOMAIN_IDS];
	evidence_set_release(&set);
	return truth;
}

/* Domain ids belong to one remapping unit: the line of another one explains nothing. */
static void test_line_of_another_unit(void)
{
	CHECK_INT(no_domain_ids("dmar1", "DMAR: dmar1: No free domain ids"), TRUTH_YES);
	CHECK_INT(no_domain_ids("dmar1", "DMAR: dmar0: No free domain ids"), TRUTH_UNKNOWN);
	CHECK_INT(no_domain_ids("dmar1", "DMAR: dmar10: No free domain ids"), TRUTH_UNKNOWN);
	CHECK_INT(no_domain_ids("ivhd0", "DMAR: dmar0: No free domain ids"), TRUTH_UNKNOWN);
	CHECK_INT(no_domain_ids(NULL, "DMAR: dmar0: No free domain ids"), TRUTH_YES);
}

static enum truth intel_graphics(uint8_t bus, uint8_t slot, uint64_t vendor)
{
	struct host_facts host = {0};
	struct pci_device device = {
		.address = {.bus = bus, .slot = slot},
		.class_code = {FACT_KNOWN, 0x030000},
		.vendor = {FACT_KNOWN, vendor},
	};
	struct device_view view = {.host = &host, .device = &device};
	struct evidence_set set = {0};
	enum truth truth;

	evidence_from_facts(&view, &set);
	truth = set.truth[EVIDENCE_INTEL_GRAPHICS];
	evidence_set_release(&set);
	return truth;
}

/* What the kernel does to integrated graphics it does not do to a card of the same vendor. */
static void test_integrated_graphics(void)
{
	CHECK_INT(intel_graphics(0, 2, 0x8086), TRUTH_YES);
	CHECK_INT(intel_graphics(3, 0, 0x8086), TRUTH_NO);
	CHECK_INT(intel_graphics(0, 2, 0x1234), TRUTH_NO);
}

static enum truth firmware_table(enum fact_state device_tree, enum truth names_iommu)
{
	struct host_facts host = {
		.device_tree = device_tree,
		.device_tree_iommu = names_iommu,
	};
	struct pci_device device = {0};
	struct device_view view = {.host = &host, .device = &device};
	struct evidence_set set = {0};
	enum truth truth;

	for (int i = 0; i < TABLE_COUNT; i++)
		host.tables[i].present = FACT_ABSENT;
	evidence_from_facts(&view, &set);
	truth = set.truth[EVIDENCE_FIRMWARE_TABLE];
	evidence_set_release(&set);
	return truth;
}

/* Without ACPI no table is missing: a device tree speaks, and its silence is no answer. */
static void test_device_tree(void)
{
	CHECK_INT(firmware_table(FACT_ABSENT, TRUTH_UNKNOWN), TRUTH_NO);
	CHECK_INT(firmware_table(FACT_KNOWN, TRUTH_UNKNOWN), TRUTH_UNKNOWN);
	CHECK_INT(firmware_table(FACT_KNOWN, TRUTH_YES), TRUTH_YES);
}

int main(void)
{
	test_integrated_graphics();
	test_device_tree();
	test_line_of_another_unit();
	test_group_before_first_bind();
	return check_result();
}
