/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_PCI_ATTRIBUTE_H
#define HOST_PCI_ATTRIBUTE_H

/* Attributes of PCI functions, for the listing and for one function: private to host/. */

#include <sys/types.h>

#include "host/root.h"
#include "model/pci_device.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

/* Where the attributes are read from. */
struct pci_source {
	const struct host_root *root;
	int dirfd; /* PCI_DEVICES, for this machine: saves the kernel the walk; else -1 */
};

/* fd_read_small_at() and fd_read_link_name_at() for ADDRESS/ATTRIBUTE. */
ssize_t pci_source_read(const struct pci_source *source, const char *address, const char *attribute,
			char *buffer, size_t size);
ssize_t pci_source_read_link_name(const struct pci_source *source, const char *address,
				  const char *link, char *buffer, size_t size);

/*
 * Fills what a listing needs: ids, class, driver, group; the text of modalias is left in
 * @modalias ("" where there is none). It tells what uevent tells, and is read without the lock of
 * the device, which uevent_show() takes on some kernels (6.1): a device whose unbind never ends
 * would keep the whole listing. Returns 0, -ENOENT where there is no such function, or -ENOMEM.
 */
#define PCI_MODALIAS_SIZE 128
int pci_source_read_function(const struct pci_source *source, const char *address,
			     struct pci_device *device, char modalias[PCI_MODALIAS_SIZE]);

#endif
