/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "host/pci.h"
#include "host/pci_attribute.h"
#include "host/root_file.h"

static int add_function(const struct pci_source *source, const char *name,
			const struct pci_address *address, struct pci_device_list *list)
{
	char modalias[PCI_MODALIAS_SIZE];
	struct pci_device *grown = reallocarray(list->devices, list->n_devices + 1, sizeof(*grown));
	int r;

	if (!grown)
		return -ENOMEM;
	list->devices = grown;
	grown[list->n_devices] = (struct pci_device){.address = *address};
	r = pci_source_read_function(source, name, &grown[list->n_devices], modalias);
	if (r == 0)
		list->n_devices++;
	else
		pci_device_release(&grown[list->n_devices]);
	return r == -ENOMEM ? r : 0;
}

static int compare(const void *a, const void *b)
{
	return pci_address_compare(&((const struct pci_device *)a)->address,
				   &((const struct pci_device *)b)->address);
}

int host_pci_list_bus(const struct host_root *root, const struct pci_address *address,
		      struct pci_device_list *ret)
{
	const struct pci_source source = {root, -1};
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;
	int r = host_root_list(root, &dir, PCI_DEVICES);

	*ret = (struct pci_device_list){0};
	if (r < 0)
		return r;
	while (r == 0 && (name = host_dir_next(dir))) {
		struct pci_address other;

		if (pci_address_parse_exact(name, &other) == 0 && other.domain == address->domain &&
		    other.bus == address->bus && !pci_address_equal(&other, address))
			r = add_function(&source, name, &other, ret);
	}
	if (r < 0)
		pci_device_list_release(ret);
	else if (ret->n_devices > 1)
		qsort(ret->devices, ret->n_devices, sizeof(*ret->devices), compare);
	return r;
}
