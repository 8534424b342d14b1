/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_DOMAIN_FILE_H
#define CLIENT_DOMAIN_FILE_H

#include "host/resolve.h"
#include "iommu-diag/client.h"
#include "model/guest_domain.h"

/*
 * Reads the domain definition in the file @name, "-" for standard input. Returns CLIENT_OK, or
 * after a message with file and line CLIENT_USAGE where it is none, CLIENT_NOT_MEASURED where it
 * cannot be read. The caller releases *ret.
 */
int domain_file_read(const struct client_command *command, const char *name,
		     struct guest_domain *ret);

/*
 * Appends the functions that @guest takes of this host to @set, each once. Returns CLIENT_OK, or
 * CLIENT_NO_DEVICE after a message for every one that @devices do not have.
 */
int domain_file_resolve(const struct client_command *command, const char *name,
			const struct guest_domain *guest, const struct pci_device_list *devices,
			struct pci_address_list *set);

#endif
