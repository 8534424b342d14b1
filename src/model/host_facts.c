/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/host_facts.h"

const char *firmware_table_name(enum firmware_table table)
{
	static const char *const names[TABLE_COUNT] = {"DMAR", "IVRS", "IORT", "VIOT"};

	return names[table];
}

static void release_table(struct firmware_table_facts *table)
{
	for (size_t i = 0; i < table->n_units; i++)
		free(table->units[i].scopes);
	for (size_t i = 0; i < table->n_ranges; i++)
		free(table->ranges[i].scopes);
	free(table->units);
	free(table->ranges);
	free(table->problem);
}

void host_facts_release(struct host_facts *facts)
{
	fact_text_release(&facts->kernel_release);
	fact_text_release(&facts->architecture);
	fact_text_release(&facts->command_line);
	for (int i = 0; i < TABLE_COUNT; i++)
		release_table(&facts->tables[i]);
	for (size_t i = 0; i < facts->n_iommus; i++)
		free(facts->iommus[i]);
	free(facts->iommus);
	free(facts->interrupt_remapping_where);
	free(facts->interrupt_remapping_value);
	fact_text_release(&facts->type1_allow_unsafe);
	fact_text_release(&facts->iommufd_allow_unsafe);
	fact_text_release(&facts->vfio_pci_disable_denylist);
	fact_text_release(&facts->noiommu_parameter);
	fact_text_release(&facts->lockdown);
	fact_text_release(&facts->iommufd_mode);
	*facts = (struct host_facts){0};
}
