/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "diagnosis/command_line.h"
#include "diagnosis/evidence_words.h"
#include "diagnosis/host_evidence.h"

/*
 * A device tree takes the place of the tables. That no bus in it names an IOMMU does not say that
 * the machine has none: boot loaders leave it out, and nodes may be disabled.
 */
static void add_device_tree(const struct host_facts *host, struct evidence_set *set)
{
	evidence_set_add(set, EVIDENCE_FIRMWARE_TABLE, host->device_tree_iommu, SOURCE_SYSFS,
			 "/sys/class/pci_bus/*/of_node",
			 host->device_tree_iommu == TRUTH_YES ? "iommu-map or iommus" : NULL);
}

static void add_tables(const struct host_facts *host, struct evidence_set *set)
{
	enum truth any = TRUTH_NO;
	char value[64] = "";

	if (host->device_tree == FACT_KNOWN) {
		add_device_tree(host, set);
		return;
	}
	for (int i = 0; i < TABLE_COUNT; i++) {
		if (host->tables[i].present == FACT_UNKNOWN && any == TRUTH_NO)
			any = TRUTH_UNKNOWN;
		if (host->tables[i].present != FACT_KNOWN)
			continue;
		any = TRUTH_YES;
		if (strlen(value) + 8 < sizeof(value))
			sprintf(value + strlen(value), "%s%s", *value ? " " : "",
				firmware_table_name((enum firmware_table)i));
	}
	evidence_set_add(set, EVIDENCE_FIRMWARE_TABLE, any, SOURCE_ACPI,
			 "/sys/firmware/acpi/tables",
			 any == TRUTH_YES  ? value
			 : any == TRUTH_NO ? "absent"
					   : NULL);
}

static void add_iommu(const struct host_facts *host, struct evidence_set *set)
{
	enum truth registered =
		host->iommus_state == FACT_UNKNOWN ? TRUTH_UNKNOWN : truth_of(host->n_iommus > 0);

	evidence_set_add(set, EVIDENCE_IOMMU_REGISTERED, registered, SOURCE_SYSFS,
			 "/sys/class/iommu",
			 registered == TRUTH_YES ? host->iommus[0] : truth_word(registered));
	if (host->groups_state == FACT_UNKNOWN)
		evidence_set_add(set, EVIDENCE_OTHER_GROUPS, TRUTH_UNKNOWN, SOURCE_SYSFS,
				 "/sys/kernel/iommu_groups", NULL);
	else
		evidence_set_addf(set, EVIDENCE_OTHER_GROUPS, truth_of(host->n_groups > 0),
				  SOURCE_SYSFS, "/sys/kernel/iommu_groups", "%zu groups",
				  host->n_groups);
}

static void add_command_line(const struct host_facts *host, struct evidence_set *set)
{
	char word[128];
	enum truth off;

	if (host->command_line.state != FACT_KNOWN) {
		evidence_set_add(set, EVIDENCE_CMDLINE_IOMMU_OFF, TRUTH_UNKNOWN, SOURCE_PROCFS,
				 "/proc/cmdline", NULL);
		return;
	}
	off = truth_of(command_line_disables_iommu(host->command_line.text, word, sizeof(word)));
	evidence_set_add(set, EVIDENCE_CMDLINE_IOMMU_OFF, off, SOURCE_PROCFS, "/proc/cmdline",
			 off == TRUTH_YES ? word : "absent");
}

/* A module that is not loaded has its parameters at their defaults, unless told otherwise. */
static void add_unsafe(const struct host_facts *host, struct evidence_set *set, enum evidence id,
		       const struct fact_text *parameter, enum truth configured, const char *module)
{
	char where[96], option[96];
	enum truth allowed = TRUTH_UNKNOWN;

	snprintf(where, sizeof(where), "/sys/module/%s/parameters/allow_unsafe_interrupts", module);
	if (parameter->state == FACT_KNOWN) {
		evidence_set_add(set, id, truth_of(strcmp(parameter->text, "Y") == 0), SOURCE_SYSFS,
				 where, parameter->text);
		return;
	}
	snprintf(option, sizeof(option), "%s.allow_unsafe_interrupts", module);
	if (parameter->state == FACT_ABSENT && host->command_line.state == FACT_KNOWN)
		allowed =
			command_line_sets(host->command_line.text, option) ? TRUTH_YES : configured;
	evidence_set_add(set, id, allowed, SOURCE_SYSFS, where,
			 allowed == TRUTH_YES  ? "set once the module is loaded"
			 : allowed == TRUTH_NO ? "absent"
					       : NULL);
}

static void add_interrupts(const struct host_facts *host, struct evidence_set *set)
{
	evidence_set_add(set, EVIDENCE_INTERRUPT_REMAPPING, host->interrupt_remapping,
			 SOURCE_PROCFS,
			 host->interrupt_remapping_where ? host->interrupt_remapping_where
							 : "/proc/interrupts",
			 host->interrupt_remapping_value);
	add_unsafe(host, set, EVIDENCE_TYPE1_UNSAFE_ALLOWED, &host->type1_allow_unsafe,
		   host->type1_unsafe_configured, "vfio_iommu_type1");
	add_unsafe(host, set, EVIDENCE_IOMMUFD_UNSAFE_ALLOWED, &host->iommufd_allow_unsafe,
		   host->iommufd_unsafe_configured, "iommufd");
}

/* A node that is not there yet comes with the module; one that is hidden is there all the same. */
static enum truth iommufd_available(const struct host_facts *host)
{
	if (host->iommufd_node == TRUTH_YES || host->iommufd_registered == TRUTH_YES)
		return TRUTH_YES;
	if (host->iommufd == MODULE_UNKNOWN)
		return TRUTH_UNKNOWN;
	return truth_of(host->iommufd != MODULE_BLOCKED && host->iommufd != MODULE_MISSING);
}

static void add_iommufd(const struct host_facts *host, struct evidence_set *set)
{
	enum truth available = iommufd_available(host), hidden = TRUTH_UNKNOWN;
	const char *value = NULL;

	if (host->iommufd_node == TRUTH_YES || host->iommufd_registered == TRUTH_NO)
		hidden = TRUTH_NO;
	else if (host->iommufd_node == TRUTH_NO)
		hidden = host->iommufd_registered;
	if (host->iommufd_node == TRUTH_YES)
		value = host->iommufd_mode.state == FACT_KNOWN ? host->iommufd_mode.text
							       : "present";
	else if (hidden == TRUTH_YES)
		value = "in the kernel, not in /dev";
	else if (available != TRUTH_UNKNOWN)
		value = available == TRUTH_YES ? "comes with the module iommufd" : "absent";
	evidence_set_add(set, EVIDENCE_IOMMUFD_AVAILABLE, available, SOURCE_SYSFS, "/dev/iommu",
			 value);
	set->truth[EVIDENCE_IOMMUFD_HIDDEN] = hidden;
}

static void add_type1(const struct host_facts *host, struct evidence_set *set)
{
	if (host->type1_offered == TRUTH_NO)
		evidence_set_add(set, EVIDENCE_TYPE1_OFFERED, TRUTH_NO, SOURCE_PROCFS,
				 "/proc/devices, /sys/class/misc/vfio", "absent");
	if (host->compat_container == TRUTH_YES)
		evidence_set_add(set, EVIDENCE_COMPAT_CONTAINER, TRUTH_YES, SOURCE_SYSFS,
				 "CONFIG_IOMMUFD_VFIO_CONTAINER", "y");
	set->truth[EVIDENCE_TYPE1_OFFERED] = host->type1_offered;
	set->truth[EVIDENCE_COMPAT_CONTAINER] = host->compat_container;
}

static void add_kernel(const struct host_facts *host, struct evidence_set *set)
{
	evidence_set_add(set, EVIDENCE_DIRECT_RULE, host->core_direct_rule, SOURCE_PROCFS,
			 "/proc/kallsyms __iommu_device_set_domain",
			 host->core_direct_rule == TRUTH_YES ? "present"
							     : truth_word(host->core_direct_rule));
	set->truth[EVIDENCE_CLAIM_PAGING_DOMAIN] = host->claim_paging_domain;
	set->truth[EVIDENCE_CALLER_ROOT] = truth_of(host->root);
}

void host_evidence_add(const struct host_facts *host, struct evidence_set *set)
{
	add_tables(host, set);
	add_iommu(host, set);
	add_command_line(host, set);
	add_interrupts(host, set);
	add_iommufd(host, set);
	add_type1(host, set);
	add_kernel(host, set);
}
