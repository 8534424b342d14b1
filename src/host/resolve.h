/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_RESOLVE_H
#define HOST_RESOLVE_H

#include "host/pci.h"

struct pci_address_list {
	struct pci_address *addresses;
	size_t n_addresses;
};

/*
 * Resolves one DEVICE word of the command line to PCI functions and appends them to @list, each
 * once: an lspci-style address or pattern, pci/ADDRESS, pci_D_B_S_F, "group:N" (its endpoints,
 * bridges left out), a network interface or a block device by name (its PCI parent).
 * Returns 0; -EINVAL: the word is none of these; -ENODEV: well formed, but no such device or
 * group; -ENOMEM. *ret_problem is then a new string that names the word and what was expected.
 */
int host_resolve_device(const struct host_root *root, const struct pci_device_list *devices,
			const char *word, struct pci_address_list *list, char **ret_problem);

/* Appends every endpoint function (bridges and IOMMUs left out). Returns 0 or -ENOMEM. */
int host_resolve_all(const struct pci_device_list *devices, struct pci_address_list *list);

/* Frees what the list owns and zeroes it. */
void pci_address_list_release(struct pci_address_list *list);

#endif
