/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "host/in_use_part.h"
#include "host/pci_attribute.h"

/*
 * The display that firmware has set up. Binding any driver to it evicts the firmware's
 * framebuffer for good, also where no driver is bound now.
 */
int in_use_read_display(const struct pci_device *device, struct in_use_list *list)
{
	char name[PCI_ADDRESS_SIZE], evidence[96];

	if (device->boot_vga != TRUTH_YES)
		return 0;
	pci_address_format(&device->address, name);
	snprintf(evidence, sizeof(evidence), PCI_DEVICES "/%s/boot_vga", name);
	return in_use_addf(list, IN_USE_BOOT_VGA, evidence, "%s is the boot display", name);
}
