/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "diagnosis/evidence_words.h"
#include "diagnosis/translation_evidence.h"

/* Nodes that the kernel makes up beside ACPI (CONFIG_PCI_DYNAMIC_OF_NODES) describe no IOMMU. */
static void add_map(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;
	char where[96];

	if (view->host->device_tree != FACT_KNOWN || device->tree_translates == TRUTH_UNKNOWN)
		return;
	snprintf(where, sizeof(where), "/sys/class/pci_bus/%.16s/of_node/iommu-map",
		 device->root_bus.text);
	evidence_set_add(
		set, EVIDENCE_TREE_BYPASS, truth_not(device->tree_translates), SOURCE_SYSFS, where,
		device->tree_translates == TRUTH_YES ? "an entry covers it" : "no entry covers it");
}

/* Instances are named after the address of their registers (arm_smmu_device_probe). */
static enum truth table_says_coherent(const struct device_view *view)
{
	const struct firmware_table_facts *table = &view->host->tables[TABLE_IORT];
	char name[32];

	for (size_t i = 0; i < table->n_units; i++) {
		snprintf(name, sizeof(name), "smmu3.0x%016llx",
			 (unsigned long long)table->units[i].register_base);
		if (strcmp(name, view->device->iommu.text) == 0)
			return table->units[i].coherent;
	}
	return TRUTH_UNKNOWN;
}

static void add_coherence(const struct device_view *view, struct evidence_set *set)
{
	const struct fact_text *iommu = &view->device->iommu;
	bool tree = view->host->device_tree == FACT_KNOWN;
	enum truth coherent = view->device->tree_iommu_coherent;
	char where[128];

	if (iommu->state != FACT_KNOWN)
		return;
	if (!tree)
		coherent = table_says_coherent(view);
	if (coherent == TRUTH_UNKNOWN)
		return;
	snprintf(where, sizeof(where),
		 tree ? "/sys/class/iommu/%.40s/device/of_node/dma-coherent"
		      : "IORT, coherency of %.40s",
		 iommu->text);
	evidence_set_add(set, EVIDENCE_IOMMU_INCOHERENT, truth_not(coherent),
			 tree ? SOURCE_SYSFS : SOURCE_ACPI, where,
			 coherent == TRUTH_YES ? "present" : "absent");
}

void translation_evidence_add(const struct device_view *view, struct evidence_set *set)
{
	add_map(view, set);
	add_coherence(view, set);
}
