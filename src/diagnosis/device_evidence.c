/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/device_evidence.h"
#include "diagnosis/evidence_words.h"
#include "rules/rules.h"

#define VENDOR_INTEL 0x8086
#define BASE_CLASS_DISPLAY 0x03

/* Devices that vfio-pci refuses by itself (drivers/vfio/pci/vfio_pci.c, vfio_pci_dev_in_denylist). */
static const uint16_t intel_denylist[] = {
	0x19e2, 0x19e3, 0x37c8, 0x37c9, 0x0435, 0x0443, 0x0b25, 0x0cfe,
};

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
				  device_attribute(view, "iommu_group"), "%llu",
				  (unsigned long long)device->group.number);
	else if (device->group.state == FACT_UNKNOWN)
		evidence_set_add(set, EVIDENCE_GROUP_PRESENT, TRUTH_UNKNOWN, SOURCE_SYSFS,
				 device_attribute(view, "iommu_group"), NULL);
	else
		evidence_set_add(set, EVIDENCE_GROUP_PRESENT,
				 group_may_follow(view) ? TRUTH_UNKNOWN : TRUTH_NO, SOURCE_SYSFS,
				 device_attribute(view, "iommu_group"), "absent");
}

/* Intel's integrated graphics is 00:02.x on every machine; its discrete cards are elsewhere. */
static bool is_integrated_place(const struct pci_address *address)
{
	return address->domain == 0 && address->bus == 0 && address->slot == 2;
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
	if (!is_integrated_place(&device->address))
		graphics = TRUTH_NO;
	else if (device->class_code.state == FACT_KNOWN && device->vendor.state == FACT_KNOWN)
		graphics = truth_of(device->class_code.number >> 16 == BASE_CLASS_DISPLAY &&
				    device->vendor.number == VENDOR_INTEL);
	if (device->class_code.state == FACT_KNOWN)
		evidence_set_addf(set, EVIDENCE_BRIDGE, bridge, SOURCE_SYSFS,
				  device_attribute(view, "class"), "0x%06llx",
				  (unsigned long long)device->class_code.number);
	else
		evidence_set_add(set, EVIDENCE_BRIDGE, bridge, SOURCE_SYSFS,
				 device_attribute(view, "class"), NULL);
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
				  device_attribute(view, "sriov_numvfs"), "%llu",
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
				 device_attribute(view, "physfn/driver"),
				 device->physfn_driver.text);
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
				 device_attribute(view, "driver_override"), override->text);
	else
		evidence_set_add(set, EVIDENCE_OVERRIDE_ELSEWHERE,
				 override->state == FACT_ABSENT ? TRUTH_NO : TRUTH_UNKNOWN,
				 SOURCE_SYSFS, device_attribute(view, "driver_override"),
				 override->state == FACT_ABSENT ? "absent" : NULL);
	if (view->device->config_all_ones != TRUTH_NO)
		evidence_set_add(set, EVIDENCE_CONFIG_ALL_ONES, view->device->config_all_ones,
				 SOURCE_SYSFS, device_attribute(view, "config"),
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
				 device_attribute(view, "driver"), device->driver.text);
	else
		add_module(set, EVIDENCE_VFIO_PCI_AVAILABLE, view->driver_module,
			   view->driver_module_name ? view->driver_module_name : "vfio_pci");
	add_module(set, EVIDENCE_TYPE1_AVAILABLE, view->host->vfio_iommu_type1, "vfio_iommu_type1");
}

/* Before the bind the device has no node yet, and only the kernel can tell whether it will. */
static void add_cdev(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;

	set->truth[EVIDENCE_CDEV_HIDDEN] = TRUTH_NO;
	if (device->vfio_dev.state != FACT_KNOWN) {
		set->truth[EVIDENCE_CDEV_PRESENT] = view->host->cdev_offered;
		return;
	}
	if (device->vfio_cdev == TRUTH_YES)
		set->truth[EVIDENCE_CDEV_HIDDEN] =
			device->vfio_cdev_mode.state == FACT_UNKNOWN
				? TRUTH_UNKNOWN
				: truth_of(device->vfio_cdev_mode.state == FACT_ABSENT);
	evidence_set_add(
		set, EVIDENCE_CDEV_PRESENT, device->vfio_cdev, SOURCE_SYSFS, "/dev/vfio/devices",
		device->vfio_cdev != TRUTH_YES		     ? truth_word(device->vfio_cdev)
		: device->vfio_cdev_mode.state == FACT_KNOWN ? device->vfio_cdev_mode.text
							     : "in the kernel, not in /dev");
}

void device_evidence_add(const struct device_view *view, struct evidence_set *set)
{
	add_group_link(view, set);
	add_class(view, set);
	add_binding(view, set);
	add_sriov(view, set);
	add_denylist(view, set);
	add_modules(view, set);
	add_cdev(view, set);
}
