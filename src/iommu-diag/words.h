/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_WORDS_H
#define CLIENT_WORDS_H

#include "host/resolve.h"
#include "iommu-diag/client.h"

/*
 * Reads the host's functions for resolving words; a host without a PCI bus has none.
 * Returns CLIENT_OK, or the exit status after a message.
 */
int words_read_devices(const struct client_command *command, const struct host_root *root,
		       struct pci_device_list *ret);

/*
 * Resolves every word before anything is measured, each problem named on standard error.
 * Returns CLIENT_OK, CLIENT_USAGE where a word is malformed, CLIENT_NO_DEVICE where one
 * names nothing, CLIENT_NOT_MEASURED without memory.
 */
int words_resolve(const struct client_command *command, const struct host_root *root,
		  const struct pci_device_list *devices, char *const *words, int n_words,
		  struct pci_address_list *list);

#endif
