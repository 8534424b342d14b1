/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "diagnosis/evidence_words.h"

const char *device_attribute(const struct device_view *view, const char *name)
{
	static char where[96];
	char address[PCI_ADDRESS_SIZE];

	snprintf(where, sizeof(where), "/sys/bus/pci/devices/%s/%s",
		 pci_address_format(&view->device->address, address), name);
	return where;
}

const char *truth_word(enum truth truth)
{
	return truth == TRUTH_YES ? "yes" : truth == TRUTH_NO ? "absent" : NULL;
}
