/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "domain/domain_xml.h"
#include "iommu-diag/domain_file.h"

static bool is_standard_input(const char *name)
{
	return strcmp(name, "-") == 0;
}

static const char *title(const char *name)
{
	return is_standard_input(name) ? "standard input" : name;
}

static int read_bytes(const struct client_command *command, const char *name, char **ret,
		      size_t *ret_size)
{
	AUTO_CLOSE int opened = -1;
	int fd = STDIN_FILENO, result;

	if (!is_standard_input(name)) {
		opened = fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0) {
			client_message(command, "%s: %s; expected a domain definition of libvirt",
				       name, strerror(errno));
			return CLIENT_USAGE;
		}
	}
	result = fd_read_all(fd, DOMAIN_XML_MOST, ret, ret_size);
	if (result == 0)
		return CLIENT_OK;
	if (result == -EFBIG)
		client_message(command, "%s: more than %u MiB, which no domain definition has",
			       title(name), DOMAIN_XML_MOST >> 20);
	else
		client_message(command, "%s: %s", title(name), strerror(-result));
	return result == -ENOMEM || result == -EIO ? CLIENT_NOT_MEASURED : CLIENT_USAGE;
}

int domain_file_read(const struct client_command *command, const char *name,
		     struct guest_domain *ret)
{
	AUTO_FREE char *text = NULL, *problem = NULL;
	size_t size = 0;
	int status = read_bytes(command, name, &text, &size), result;

	if (status != CLIENT_OK)
		return status;
	result = domain_xml_parse(text, size, ret, &problem);
	if (result == 0)
		return CLIENT_OK;
	if (result == -EINVAL) {
		client_message(command, "%s:%s", title(name),
			       problem ? problem : "1: no domain definition of libvirt");
		return CLIENT_USAGE;
	}
	client_message(command, "%s: nothing could be read: %s", title(name),
		       problem ? problem : strerror(-result));
	return CLIENT_NOT_MEASURED;
}

static bool is_listed(const struct pci_address_list *set, const struct pci_address *address)
{
	for (size_t i = 0; i < set->n_addresses; i++)
		if (pci_address_equal(&set->addresses[i], address))
			return true;
	return false;
}

int domain_file_resolve(const struct client_command *command, const char *name,
			const struct guest_domain *guest, const struct pci_device_list *devices,
			struct pci_address_list *set)
{
	int status = CLIENT_OK;

	if (guest->n_hostdevs == 0)
		return status;
	set->addresses = calloc(guest->n_hostdevs, sizeof(*set->addresses));
	if (!set->addresses) {
		client_message(command, "out of memory");
		return CLIENT_NOT_MEASURED;
	}
	for (size_t i = 0; i < guest->n_hostdevs; i++) {
		const struct guest_hostdev *hostdev = &guest->hostdevs[i];
		char text[PCI_ADDRESS_SIZE];

		if (hostdev->uuid || is_listed(set, &hostdev->address))
			continue;
		if (!pci_device_list_find(devices, &hostdev->address)) {
			client_message(command,
				       "%s:%lu: there is no device %s on this host; the domain "
				       "cannot start",
				       title(name), hostdev->line,
				       pci_address_format(&hostdev->address, text));
			status = CLIENT_NO_DEVICE;
			continue;
		}
		set->addresses[set->n_addresses++] = hostdev->address;
	}
	return status;
}
