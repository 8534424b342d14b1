/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "diagnosis/kind_evidence.h"
#include "diagnosis/reset_evidence.h"
#include "diagnosis/resource_evidence.h"
#include "diagnosis/translation_evidence.h"
#include "tests/unit/check.h"

#define NAMED(string)                                                                              \
	{                                                                                          \
		FACT_KNOWN, (char *)(string)                                                       \
	}

static const char *value_of(const struct evidence_set *set, enum evidence id)
{
	const struct observation *found = evidence_set_find(set, id);

	return found && found->value ? found->value : "";
}

static bool says(const struct evidence_set *set, const char *text)
{
	for (size_t i = 0; i < set->n_observations; i++)
		if (set->observations[i].value && strstr(set->observations[i].value, text))
			return true;
	return false;
}

static struct evidence_set reset_of(struct fact_text methods, const struct pci_device *neighbours,
				    size_t n_neighbours, bool neighbours_known)
{
	struct pci_device device = {
		.reset_method = methods,
		.group = {FACT_KNOWN, 7},
		.upstream = NAMED("0000:00:07.0"),
	};
	const struct pci_address along = {.bus = 4, .slot = 3};
	struct device_view view = {
		.device = &device,
		.moved_along = &along,
		.n_moved_along = 1,
		.neighbours = neighbours,
		.n_neighbours = n_neighbours,
		.neighbours_known = neighbours_known,
	};
	struct evidence_set set = {0};

	reset_evidence_add(&view, &set);
	return set;
}

static enum truth own_reset(const char *methods, size_t n_neighbours, bool neighbours_known)
{
	static const struct pci_device neighbour = {.address = {.bus = 4, .slot = 1}};
	struct fact_text fact = {methods ? FACT_KNOWN : FACT_ABSENT, (char *)methods};
	struct evidence_set set = reset_of(fact, &neighbour, n_neighbours, neighbours_known);
	enum truth truth = set.truth[EVIDENCE_RESET_OWN];

	evidence_set_release(&set);
	return truth;
}

/* A reset of the bus is one of the function alone where the function is alone there. */
static void test_own_reset(void)
{
	CHECK_INT(own_reset("flr bus", 1, true), TRUTH_YES);
	CHECK_INT(own_reset("pm", 1, true), TRUTH_YES);
	CHECK_INT(own_reset("device_specific", 1, true), TRUTH_YES);
	CHECK_INT(own_reset("bus", 0, true), TRUTH_YES);
	CHECK_INT(own_reset("bus", 1, true), TRUTH_NO);
	CHECK_INT(own_reset("bus cxl_bus", 1, true), TRUTH_NO);
	CHECK_INT(own_reset("bus", 0, false), TRUTH_UNKNOWN);
	CHECK_INT(own_reset(NULL, 0, true), TRUTH_NO);
}

/* Who goes to the same guest is not hit against anybody's will. */
static void test_neighbours(void)
{
	const struct pci_device neighbours[] = {
		{.address = {.bus = 4, .slot = 1},
		 .group = {FACT_KNOWN, 8},
		 .driver = NAMED("e1000")},
		{.address = {.bus = 4, .slot = 2},
		 .group = {FACT_KNOWN, 7},
		 .driver = NAMED("vfio-pci")},
		{.address = {.bus = 4, .slot = 3},
		 .group = {FACT_KNOWN, 7},
		 .driver = NAMED("e1000")},
	};
	const struct fact_text none = {FACT_ABSENT, NULL}, unknown = {FACT_UNKNOWN, NULL};
	struct evidence_set set = reset_of(none, neighbours, 3, true);

	CHECK_INT(set.truth[EVIDENCE_RESET_BUS], TRUTH_YES);
	CHECK_INT(set.truth[EVIDENCE_RESET_FOREIGN], TRUTH_YES);
	CHECK_STR(value_of(&set, EVIDENCE_RESET_FOREIGN), "0000:04:01.0 (e1000, group 8)");
	evidence_set_release(&set);
	set = reset_of(none, neighbours + 1, 2, true);
	CHECK_INT(set.truth[EVIDENCE_RESET_FOREIGN], TRUTH_NO);
	evidence_set_release(&set);
	set = reset_of(none, NULL, 0, false);
	CHECK_INT(set.truth[EVIDENCE_RESET_FOREIGN], TRUTH_UNKNOWN);
	evidence_set_release(&set);
	set = reset_of(unknown, neighbours, 3, true);
	CHECK_INT(set.truth[EVIDENCE_RESET_OWN], TRUTH_UNKNOWN);
	CHECK_INT(set.truth[EVIDENCE_RESET_FOREIGN], TRUTH_UNKNOWN);
	evidence_set_release(&set);
}

static void test_resources(void)
{
	struct pci_device device = {
		.runtime_status = NAMED("error"),
		.upstream = NAMED("0000:00:1c.0"),
		.upstream_power_control = NAMED("auto"),
		.upstream_runtime_status = NAMED("suspended"),
		.upstream_power_state = NAMED("D3cold"),
		.bars_state = FACT_KNOWN,
		.bars = {{0xfd000000, 0xfdffffff, false}, {0}, {0, 0xfff, true}},
		.framebuffer = NAMED("BOOTFB"),
	};
	struct device_view view = {.device = &device};
	struct evidence_set set = {0};

	resource_evidence_add(&view, &set);
	CHECK_INT(set.truth[EVIDENCE_POWER_ERROR], TRUTH_YES);
	CHECK(set.n_observations > 1);
	CHECK_STR(set.observations[1].value, "0000:00:1c.0: control auto, suspended, state D3cold, "
					     "d3cold_allowed unknown");
	CHECK_INT(set.truth[EVIDENCE_BAR_UNASSIGNED], TRUTH_YES);
	CHECK_STR(value_of(&set, EVIDENCE_BAR_UNASSIGNED), "BAR 2 of 0x1000 bytes");
	CHECK_INT(set.truth[EVIDENCE_FRAMEBUFFER], TRUTH_YES);
	CHECK_STR(value_of(&set, EVIDENCE_FRAMEBUFFER), "BOOTFB");
	evidence_set_release(&set);
	device.runtime_status.text = (char *)"suspended";
	device.bars[2].unassigned = false;
	device.framebuffer = (struct fact_text){FACT_ABSENT, NULL};
	resource_evidence_add(&view, &set);
	CHECK_INT(set.truth[EVIDENCE_POWER_ERROR], TRUTH_NO);
	CHECK_INT(set.truth[EVIDENCE_BAR_UNASSIGNED], TRUTH_NO);
	CHECK_INT(set.truth[EVIDENCE_FRAMEBUFFER], TRUTH_NO);
	evidence_set_release(&set);
	device = (struct pci_device){0};
	resource_evidence_add(&view, &set);
	CHECK_INT(set.truth[EVIDENCE_POWER_ERROR], TRUTH_UNKNOWN);
	CHECK_INT(set.truth[EVIDENCE_BAR_UNASSIGNED], TRUTH_UNKNOWN);
	CHECK_INT(set.truth[EVIDENCE_FRAMEBUFFER], TRUTH_UNKNOWN);
	evidence_set_release(&set);
}

static void test_kinds(void)
{
	struct pci_device device = {
		.physfn = NAMED("0000:04:00.0"),
		.mdev_types = {FACT_KNOWN, 2},
		.removable = NAMED("removable"),
	};
	struct device_view view = {.device = &device};
	struct evidence_set set = {0};

	kind_evidence_add(&view, &set);
	CHECK(says(&set, "a virtual function of 0000:04:00.0 (no driver)"));
	CHECK(says(&set, "a parent of mediated devices, 2 types"));
	CHECK(says(&set, "an external device"));
	CHECK_INT(set.truth[EVIDENCE_VMD_CHILD], TRUTH_NO);
	evidence_set_release(&set);
	device = (struct pci_device){
		.physfn = {FACT_ABSENT, NULL},
		.sriov_totalvfs = {FACT_KNOWN, 8},
		.driver = NAMED("vmd"),
		.removable = NAMED("fixed"),
	};
	kind_evidence_add(&view, &set);
	CHECK(says(&set, "up to 8 virtual ones"));
	CHECK(says(&set, "an Intel VMD controller"));
	CHECK(!says(&set, "external"));
	evidence_set_release(&set);
}

/* The domains that VMD opens lie above those of ACPI. */
static void test_behind_vmd(void)
{
	struct pci_device device = {
		.address = {.domain = 0x10000, .bus = 1},
		.domain_owner = NAMED("0000:00:0e.0"),
	};
	struct device_view view = {.device = &device};
	struct evidence_set set = {0};

	kind_evidence_add(&view, &set);
	CHECK_INT(set.truth[EVIDENCE_VMD_CHILD], TRUTH_YES);
	CHECK_STR(value_of(&set, EVIDENCE_VMD_CHILD), "0000:00:0e.0");
	evidence_set_release(&set);
	device.domain_owner = (struct fact_text){FACT_UNKNOWN, NULL};
	kind_evidence_add(&view, &set);
	CHECK_INT(set.truth[EVIDENCE_VMD_CHILD], TRUTH_UNKNOWN);
	evidence_set_release(&set);
}

static struct evidence_set translation_of(const struct pci_device *device,
					  const struct host_facts *host)
{
	struct device_view view = {.device = device, .host = host};
	struct evidence_set set = {0};

	translation_evidence_add(&view, &set);
	return set;
}

/* Nodes count only where a device tree describes the machine, IORT's flags only elsewhere. */
static void test_translation(void)
{
	struct firmware_unit unit = {.register_base = 0x9050000, .coherent = TRUTH_NO};
	struct pci_device device = {
		.iommu = NAMED("smmu3.0x0000000009050000"),
		.root_bus = NAMED("0000:00"),
		.tree_translates = TRUTH_NO,
		.tree_iommu_coherent = TRUTH_YES,
	};
	struct host_facts host = {.device_tree = FACT_KNOWN};
	struct evidence_set set = translation_of(&device, &host);

	CHECK_INT(set.truth[EVIDENCE_TREE_BYPASS], TRUTH_YES);
	CHECK_INT(set.truth[EVIDENCE_IOMMU_INCOHERENT], TRUTH_NO);
	evidence_set_release(&set);
	host.device_tree = FACT_ABSENT;
	set = translation_of(&device, &host);
	CHECK_INT(set.truth[EVIDENCE_TREE_BYPASS], TRUTH_UNKNOWN);
	CHECK_INT(set.truth[EVIDENCE_IOMMU_INCOHERENT], TRUTH_UNKNOWN);
	evidence_set_release(&set);
	host.tables[TABLE_IORT].units = &unit;
	host.tables[TABLE_IORT].n_units = 1;
	set = translation_of(&device, &host);
	CHECK_INT(set.truth[EVIDENCE_IOMMU_INCOHERENT], TRUTH_YES);
	evidence_set_release(&set);
	unit.register_base++;
	set = translation_of(&device, &host);
	CHECK_INT(set.truth[EVIDENCE_IOMMU_INCOHERENT], TRUTH_UNKNOWN);
	evidence_set_release(&set);
}

int main(void)
{
	test_own_reset();
	test_neighbours();
	test_resources();
	test_kinds();
	test_behind_vmd();
	test_translation();
	return check_result();
}
