/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/names.h"

struct device_names {
	struct udev *udev;
	struct udev_hwdb *hwdb;
};

struct device_names *device_names_open(void)
{
	struct device_names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->udev = udev_new();
	names->hwdb = names->udev ? udev_hwdb_new(names->udev) : NULL;
	if (!names->hwdb) {
		device_names_close(names);
		return NULL;
	}
	return names;
}

void device_names_close(struct device_names *names)
{
	if (!names)
		return;
	udev_hwdb_unref(names->hwdb);
	udev_unref(names->udev);
	free(names);
}

/* A listing has no modalias; the database asks for the subsystem's ids only to add detail. */
static void print_modalias(const struct pci_device *device, char *buffer, size_t size)
{
	uint32_t class_code = (uint32_t)device->class_code.number;

	if (device->modalias.state == FACT_KNOWN) {
		snprintf(buffer, size, "%s", device->modalias.text);
		return;
	}
	snprintf(buffer, size,
		 "pci:v%08" PRIX32 "d%08" PRIX32 "sv00000000sd00000000"
		 "bc%02" PRIX32 "sc%02" PRIX32 "i%02" PRIX32,
		 (uint32_t)device->vendor.number, (uint32_t)device->device.number,
		 class_code >> 16 & 0xff, class_code >> 8 & 0xff, class_code & 0xff);
}

struct device_name device_names_find(struct device_names *names, const struct pci_device *device)
{
	struct device_name found = {0};
	struct udev_list_entry *entry;
	const char *subclass = NULL;
	char modalias[160];

	if (!names)
		return found;
	print_modalias(device, modalias, sizeof(modalias));
	entry = udev_hwdb_get_properties_list_entry(names->hwdb, modalias, 0);
	for (; entry; entry = udev_list_entry_get_next(entry)) {
		const char *key = udev_list_entry_get_name(entry);
		const char *value = udev_list_entry_get_value(entry);

		if (strcmp(key, "ID_VENDOR_FROM_DATABASE") == 0)
			found.vendor = value;
		else if (strcmp(key, "ID_MODEL_FROM_DATABASE") == 0)
			found.model = value;
		else if (strcmp(key, "ID_PCI_CLASS_FROM_DATABASE") == 0)
			found.class_name = value;
		else if (strcmp(key, "ID_PCI_SUBCLASS_FROM_DATABASE") == 0)
			subclass = value;
	}
	/* "Ethernet controller" says more than "Network controller". */
	if (subclass)
		found.class_name = subclass;
	return found;
}
