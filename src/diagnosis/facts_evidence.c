/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/command_line.h"
#include "diagnosis/facts_evidence.h"
#include "diagnosis/group_evidence.h"
#include "rules/rules.h"

#define VENDOR_INTEL 0x8086
#define BASE_CLASS_DISPLAY 0x03

/* Devices that vfio-pci refuses by itself (drivers/vfio/pci/vfio_pci.c, vfio_pci_dev_in_denylist). */
static const uint16_t intel_denylist[] = {
	0x19e2, 0x19e3, 0x37c8, 0x37c9, 0x0435, 0x0443, 0x0b25, 0x0cfe,
};

/* The attribute @name of the device, as a person would type it. */
static const char *attribute(const struct device_view *view, const char *name)
{
	static char where[96];
	char address[PCI_ADDRESS_SIZE];

	snprintf(where, sizeof(where), "/sys/bus/pci/devices/%s/%s",
		 pci_address_format(&view->device->address, address), name);
	return where;
}

static const char *yes_no(enum truth truth)
{
	return truth == TRUTH_YES ? "yes" : truth == TRUTH_NO ? "absent" : NULL;
}

static void add_tables(const struct host_facts *host, struct evidence_set *set)
{
	enum truth any = TRUTH_NO;
	char value[64] = "";

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
			 registered == TRUTH_YES ? host->iommus[0] : yes_no(registered));
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

/*
 * Whether a device may join its group only when a driver is bound to it for the first time, so
 * that a missing link says nothing before: on arm64 kernels, and behind the virtio IOMMU, whose
 * driver comes late; Linux 6.12 does so, 7.3 no more (lab, drivers/acpi/viot.c).
 */
static bool group_may_follow(const struct device_view *view)
{
	const struct host_facts *host = view->host;
	bool x86 = host->architecture.state == FACT_KNOWN &&
		   (strcmp(host->architecture.text, "x86_64") == 0 ||
		    strcmp(host->architecture.text, "i686") == 0);

	if (view->device->driver.state != FACT_ABSENT)
		return false;
	for (size_t i = 0; x86 && i < host->n_iommus; i++) {
		const char *driver = rules_iommu_driver(host->iommus[i]);

		if (driver && strcmp(driver, "virtio") == 0)
			return true;
	}
	return !x86 && host->n_iommus > 0;
}

static void add_group_link(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;

	if (device->group.state == FACT_KNOWN)
		evidence_set_addf(set, EVIDENCE_GROUP_PRESENT, TRUTH_YES, SOURCE_SYSFS,
				  attribute(view, "iommu_group"), "%llu",
				  (unsigned long long)device->group.number);
	else if (device->group.state == FACT_UNKNOWN)
		evidence_set_add(set, EVIDENCE_GROUP_PRESENT, TRUTH_UNKNOWN, SOURCE_SYSFS,
				 attribute(view, "iommu_group"), NULL);
	else
		evidence_set_add(set, EVIDENCE_GROUP_PRESENT,
				 group_may_follow(view) ? TRUTH_UNKNOWN : TRUTH_NO, SOURCE_SYSFS,
				 attribute(view, "iommu_group"), "absent");
}

static void add_class(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;
	enum truth bridge = pci_device_is_bridge(device);
	enum truth vga = pci_device_is_vga(device), graphics = TRUTH_UNKNOWN;
	enum truth iommu = pci_device_is_iommu_class(device);

	if (pci_device_is_host_bridge(device) == TRUTH_YES)
		bridge = TRUTH_YES;
	if (iommu != TRUTH_YES && view->is_iommu_function != TRUTH_UNKNOWN)
		iommu = view->is_iommu_function;
	if (device->class_code.state == FACT_KNOWN && device->vendor.state == FACT_KNOWN)
		graphics = truth_of(device->class_code.number >> 16 == BASE_CLASS_DISPLAY &&
				    device->vendor.number == VENDOR_INTEL);
	if (device->class_code.state == FACT_KNOWN)
		evidence_set_addf(set, EVIDENCE_BRIDGE, bridge, SOURCE_SYSFS,
				  attribute(view, "class"), "0x%06llx",
				  (unsigned long long)device->class_code.number);
	else
		evidence_set_add(set, EVIDENCE_BRIDGE, bridge, SOURCE_SYSFS,
				 attribute(view, "class"), NULL);
	if (iommu == TRUTH_YES)
		evidence_set_add(set, EVIDENCE_IOMMU_FUNCTION, iommu, SOURCE_SYSFS,
				 "/sys/class/iommu", "this function");
	set->truth[EVIDENCE_IOMMU_FUNCTION] = iommu;
	set->truth[EVIDENCE_VGA] = vga;
	set->truth[EVIDENCE_INTEL_GRAPHICS] = graphics;
}

static void add_sriov(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;

	if (device->sriov_numvfs.state == FACT_KNOWN)
		evidence_set_addf(set, EVIDENCE_PF_WITH_VFS,
				  truth_of(device->sriov_numvfs.number > 0), SOURCE_SYSFS,
				  attribute(view, "sriov_numvfs"), "%llu",
				  (unsigned long long)device->sriov_numvfs.number);
	else
		set->truth[EVIDENCE_PF_WITH_VFS] =
			device->sriov_numvfs.state == FACT_ABSENT ? TRUTH_NO : TRUTH_UNKNOWN;
	if (device->physfn.state != FACT_KNOWN) {
		enum truth is_vf = device->physfn.state == FACT_ABSENT ? TRUTH_NO : TRUTH_UNKNOWN;

		set->truth[EVIDENCE_VF_OF_VFIO_PF] = is_vf;
		set->truth[EVIDENCE_VF_AUTOPROBE_OFF] = is_vf;
		return;
	}
	if (device->physfn_driver.state == FACT_KNOWN)
		evidence_set_add(set, EVIDENCE_VF_OF_VFIO_PF,
				 truth_of(driver_is_vfio(device->physfn_driver.text)), SOURCE_SYSFS,
				 attribute(view, "physfn/driver"), device->physfn_driver.text);
	else
		set->truth[EVIDENCE_VF_OF_VFIO_PF] =
			device->physfn_driver.state == FACT_ABSENT ? TRUTH_NO : TRUTH_UNKNOWN;
	set->truth[EVIDENCE_VF_AUTOPROBE_OFF] = truth_not(device->vf_autoprobe);
}

static void add_denylist(const struct device_view *view, struct evidence_set *set)
{
	const struct fact_text *parameter = &view->host->vfio_pci_disable_denylist;
	const struct pci_device *device = view->device;
	enum truth enforced = TRUTH_UNKNOWN;
	bool listed = false;

	if (device->vendor.state != FACT_KNOWN || device->device.state != FACT_KNOWN)
		return;
	for (size_t i = 0; i < ARRAY_LENGTH(intel_denylist); i++)
		if (device->vendor.number == VENDOR_INTEL &&
		    device->device.number == intel_denylist[i])
			listed = true;
	if (!listed) {
		set->truth[EVIDENCE_DENYLISTED] = TRUTH_NO;
		return;
	}
	if (parameter->state == FACT_KNOWN)
		enforced = truth_of(strcmp(parameter->text, "Y") != 0);
	else if (parameter->state == FACT_ABSENT)
		enforced = truth_not(view->host->denylist_off_configured);
	evidence_set_add(set, EVIDENCE_DENYLISTED, enforced, SOURCE_SYSFS,
			 "/sys/module/vfio_pci/parameters/disable_denylist",
			 parameter->state == FACT_KNOWN	   ? parameter->text
			 : parameter->state == FACT_ABSENT ? "absent"
							   : NULL);
}

static void add_binding(const struct device_view *view, struct evidence_set *set)
{
	const struct fact_text *override = &view->device->driver_override;

	if (override->state == FACT_KNOWN)
		evidence_set_add(set, EVIDENCE_OVERRIDE_ELSEWHERE,
				 truth_of(!driver_is_vfio(override->text)), SOURCE_SYSFS,
				 attribute(view, "driver_override"), override->text);
	else
		evidence_set_add(set, EVIDENCE_OVERRIDE_ELSEWHERE,
				 override->state == FACT_ABSENT ? TRUTH_NO : TRUTH_UNKNOWN,
				 SOURCE_SYSFS, attribute(view, "driver_override"),
				 override->state == FACT_ABSENT ? "absent" : NULL);
	if (view->device->config_all_ones != TRUTH_NO)
		evidence_set_add(set, EVIDENCE_CONFIG_ALL_ONES, view->device->config_all_ones,
				 SOURCE_SYSFS, attribute(view, "config"),
				 view->device->config_all_ones == TRUTH_YES ? "all ones" : NULL);
	else
		set->truth[EVIDENCE_CONFIG_ALL_ONES] = TRUTH_NO;
	set->truth[EVIDENCE_DEVICE_GONE] = TRUTH_NO;
}

static void add_module(struct evidence_set *set, enum evidence id, enum module_state state,
		       const char *name)
{
	static const char *const words[] = {
		[MODULE_LOADED] = "loaded",	[MODULE_BUILTIN] = "built in",
		[MODULE_LOADABLE] = "loadable", [MODULE_BLOCKED] = "blocked by modprobe.d",
		[MODULE_MISSING] = "absent",
	};
	enum truth available = TRUTH_UNKNOWN;
	char where[64];

	if (state != MODULE_UNKNOWN)
		available = truth_of(state != MODULE_BLOCKED && state != MODULE_MISSING);
	snprintf(where, sizeof(where), "module %s", name);
	evidence_set_add(set, id, available, SOURCE_SYSFS, where, words[state]);
}

static void add_modules(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;

	if (device->driver.state == FACT_KNOWN && driver_is_vfio(device->driver.text))
		evidence_set_add(set, EVIDENCE_VFIO_PCI_AVAILABLE, TRUTH_YES, SOURCE_SYSFS,
				 attribute(view, "driver"), device->driver.text);
	else
		add_module(set, EVIDENCE_VFIO_PCI_AVAILABLE, view->driver_module,
			   view->driver_module_name ? view->driver_module_name : "vfio_pci");
	add_module(set, EVIDENCE_TYPE1_AVAILABLE, view->host->vfio_iommu_type1, "vfio_iommu_type1");
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

static void add_iommufd(const struct host_facts *host, struct evidence_set *set)
{
	enum truth available = host->iommufd_node;

	if (available == TRUTH_NO && host->iommufd != MODULE_MISSING)
		available = host->iommufd == MODULE_UNKNOWN
				    ? TRUTH_UNKNOWN
				    : truth_of(host->iommufd != MODULE_BLOCKED);
	set->truth[EVIDENCE_IOMMUFD_AVAILABLE] = available;
}

static void add_kernel(const struct host_facts *host, struct evidence_set *set)
{
	evidence_set_add(set, EVIDENCE_DIRECT_RULE, host->core_direct_rule, SOURCE_PROCFS,
			 "/proc/kallsyms __iommu_device_set_domain",
			 host->core_direct_rule == TRUTH_YES ? "present"
							     : yes_no(host->core_direct_rule));
	set->truth[EVIDENCE_CLAIM_PAGING_DOMAIN] = host->claim_paging_domain;
	set->truth[EVIDENCE_CALLER_ROOT] = truth_of(host->root);
}

void evidence_from_facts(const struct device_view *view, struct evidence_set *ret)
{
	add_group_link(view, ret);
	add_class(view, ret);
	add_binding(view, ret);
	add_sriov(view, ret);
	add_denylist(view, ret);
	group_evidence_add(view, ret);
	add_tables(view->host, ret);
	add_iommu(view->host, ret);
	add_command_line(view->host, ret);
	add_modules(view, ret);
	add_interrupts(view->host, ret);
	add_iommufd(view->host, ret);
	add_kernel(view->host, ret);
}

bool evidence_forbids_trial(const struct device_view *view, const struct evidence_set *set)
{
	static const enum evidence never[] = {
		EVIDENCE_CONFIG_ALL_ONES, EVIDENCE_IOMMU_FUNCTION, EVIDENCE_BRIDGE,
		EVIDENCE_PF_WITH_VFS,	  EVIDENCE_NOIOMMU,
	};

	for (size_t i = 0; i < ARRAY_LENGTH(never); i++)
		if (set->truth[never[i]] == TRUTH_YES)
			return true;
	/* Its driver would be taken away for an answer that is known already. */
	return view->device->group.state != FACT_KNOWN && view->device->driver.state != FACT_ABSENT;
}

bool evidence_forbids_claim(const struct evidence_set *set)
{
	/* Without a group there is nothing to claim; the trial looks again when one appears. */
	return set->truth[EVIDENCE_GROUP_PRESENT] == TRUTH_YES &&
	       set->truth[EVIDENCE_GROUP_SHARED] != TRUTH_NO &&
	       set->truth[EVIDENCE_DIRECT_REGION] != TRUTH_NO &&
	       set->truth[EVIDENCE_CLAIM_PAGING_DOMAIN] != TRUTH_NO;
}
