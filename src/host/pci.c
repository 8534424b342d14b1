/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "host/pci.h"
#include "host/pci_attribute.h"
#include "host/root_file.h"

#define FIRST_ROOM 64

static int compare_devices(const void *a, const void *b)
{
	const struct pci_device *x = a, *y = b;

	return pci_address_compare(&x->address, &y->address);
}

/* Makes room for one more, which is zeroed and not yet counted. */
static struct pci_device *next_device(struct pci_device_list *list, size_t *room)
{
	if (list->n_devices == *room) {
		size_t wanted = *room ? *room * 2 : FIRST_ROOM;
		struct pci_device *grown = reallocarray(list->devices, wanted, sizeof(*grown));

		if (!grown)
			return NULL;
		list->devices = grown;
		*room = wanted;
	}
	list->devices[list->n_devices] = (struct pci_device){0};
	return &list->devices[list->n_devices];
}

static int list_directory(const struct pci_source *source, DIR *dir, struct pci_device_list *list)
{
	char modalias[PCI_MODALIAS_SIZE];
	const char *name;
	size_t room = 0;

	while ((name = host_dir_next(dir))) {
		struct pci_address address;
		struct pci_device *device;
		int r;

		if (pci_address_parse_exact(name, &address) < 0)
			continue;
		device = next_device(list, &room);
		if (!device)
			return -ENOMEM;
		device->address = address;
		r = pci_source_read_function(source, name, device, modalias);
		if (r < 0)
			pci_device_release(device);
		else
			list->n_devices++;
		/* One that vanished while we looked is not there. */
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

int host_pci_list(const struct host_root *root, struct pci_device_list *ret)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	struct pci_device_list list = {0};
	struct pci_source source = {root, -1};
	int r = host_root_list(root, &dir, PCI_DEVICES);

	if (r < 0)
		return r;
	if (root->live)
		source.dirfd = dirfd(dir);
	r = list_directory(&source, dir, &list);
	if (r < 0) {
		pci_device_list_release(&list);
		return r;
	}
	if (list.n_devices > 1)
		qsort(list.devices, list.n_devices, sizeof(*list.devices), compare_devices);
	*ret = list;
	return 0;
}

void pci_device_list_release(struct pci_device_list *list)
{
	for (size_t i = 0; i < list->n_devices; i++)
		pci_device_release(&list->devices[i]);
	free(list->devices);
	*list = (struct pci_device_list){0};
}

const struct pci_device *pci_device_list_find(const struct pci_device_list *list,
					      const struct pci_address *address)
{
	struct pci_device key = {.address = *address};

	if (list->n_devices == 0)
		return NULL;
	return bsearch(&key, list->devices, list->n_devices, sizeof(key), compare_devices);
}
