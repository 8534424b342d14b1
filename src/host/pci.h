/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_PCI_H
#define HOST_PCI_H

#include "host/root.h"
#include "model/pci_device.h"

struct pci_device_list {
	struct pci_device *devices; /* sorted by address */
	size_t n_devices;
};

/*
 * Lists every PCI function with what a listing needs (address, ids, class, driver, group) at
 * five system calls a function: two links and one read of modalias, as measured in
 * tests/bench; none of them waits for the lock of the device. Returns 0 or a negative errno
 * (-ENOENT: no /sys/bus/pci below the root). The caller releases the list.
 */
int host_pci_list(const struct host_root *root, struct pci_device_list *ret);
void pci_device_list_release(struct pci_device_list *list);

/* The function at @address in the list, or NULL. */
const struct pci_device *pci_device_list_find(const struct pci_device_list *list,
					      const struct pci_address *address);

/*
 * Lists the other functions on the bus of @address, as host_pci_list() does: what a reset of
 * that bus hits as well. Returns 0 or a negative errno. The caller releases the list.
 */
int host_pci_list_bus(const struct host_root *root, const struct pci_address *address,
		      struct pci_device_list *ret);

/*
 * Reads one function completely. Returns 0, or -ENOENT where there is no such function (then
 * *ret is zeroed), or -ENOMEM. A fact that cannot be read is FACT_UNKNOWN.
 */
int host_pci_read_detail(const struct host_root *root, const struct pci_address *address,
			 struct pci_device *ret);

#endif
