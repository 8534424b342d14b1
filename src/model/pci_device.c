/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "model/pci_device.h"

#define HEADER_TYPE_NORMAL 0
#define BASE_CLASS_BRIDGE 0x06
#define SUBCLASS_HOST 0x0600
#define SUBCLASS_ISA 0x0601
#define SUBCLASS_PCI 0x0604
#define SUBCLASS_CARDBUS 0x0607
#define SUBCLASS_SEMI_TRANSPARENT 0x0609
#define SUBCLASS_IOMMU 0x0806
#define SUBCLASS_VGA 0x0300

/* Its class says nothing; a kernel without the driver shows no other sign of it. */
#define VENDOR_VIRTIO 0x1af4
#define DEVICE_VIRTIO_IOMMU 0x1057

void pci_device_release(struct pci_device *device)
{
	fact_text_release(&device->modalias);
	fact_text_release(&device->driver);
	fact_text_release(&device->driver_override);
	fact_text_release(&device->iommu);
	fact_text_release(&device->physfn);
	fact_text_release(&device->physfn_driver);
	fact_text_release(&device->vfio_dev);
	fact_text_release(&device->vfio_cdev_mode);
	fact_text_release(&device->power_control);
	fact_text_release(&device->reset_method);
	fact_text_release(&device->power_state);
	fact_text_release(&device->runtime_status);
	fact_text_release(&device->removable);
	fact_text_release(&device->upstream);
	fact_text_release(&device->domain_owner);
	fact_text_release(&device->root_bus);
	fact_text_release(&device->upstream_power_control);
	fact_text_release(&device->upstream_runtime_status);
	fact_text_release(&device->upstream_power_state);
	fact_text_release(&device->upstream_d3cold_allowed);
	fact_text_release(&device->framebuffer);
	*device = (struct pci_device){0};
}

static enum truth has_subclass(const struct pci_device *device, uint64_t subclass)
{
	if (device->class_code.state != FACT_KNOWN)
		return TRUTH_UNKNOWN;
	return truth_of(device->class_code.number >> 8 == subclass);
}

enum truth pci_device_is_bridge(const struct pci_device *device)
{
	uint64_t subclass = device->class_code.number >> 8;

	/* A function that fell off the bus reads header type 0x7f; that is no bridge. */
	if (device->header_type.state == FACT_KNOWN && device->header_type.number <= 2 &&
	    device->header_type.number != HEADER_TYPE_NORMAL)
		return TRUTH_YES;
	if (device->class_code.state != FACT_KNOWN)
		return TRUTH_UNKNOWN;
	return truth_of(subclass == SUBCLASS_PCI || subclass == SUBCLASS_CARDBUS ||
			subclass == SUBCLASS_SEMI_TRANSPARENT);
}

enum truth pci_device_is_host_bridge(const struct pci_device *device)
{
	if (has_subclass(device, SUBCLASS_HOST) == TRUTH_YES)
		return TRUTH_YES;
	return has_subclass(device, SUBCLASS_ISA);
}

enum truth pci_device_is_iommu_class(const struct pci_device *device)
{
	if (device->vendor.state == FACT_KNOWN && device->device.state == FACT_KNOWN &&
	    device->vendor.number == VENDOR_VIRTIO && device->device.number == DEVICE_VIRTIO_IOMMU)
		return TRUTH_YES;
	return has_subclass(device, SUBCLASS_IOMMU);
}

enum truth pci_device_is_vga(const struct pci_device *device)
{
	return has_subclass(device, SUBCLASS_VGA);
}

int driver_is_vfio(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strstr(driver, "vfio-pci") != NULL ||
	       strstr(driver, "vfio_pci") != NULL;
}

int driver_is_harmless(const char *driver)
{
	static const char *const managed[] = {
		"pcieport", "pci-stub", "vfio-platform", "vfio-amba", "vfio-fsl-mc", "vfio-cdx",
	};

	if (driver_is_vfio(driver))
		return 1;
	for (size_t i = 0; i < ARRAY_LENGTH(managed); i++)
		if (strcmp(driver, managed[i]) == 0)
			return 1;
	return 0;
}
