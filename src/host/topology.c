/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host/fact.h"
#include "host/pci_attribute.h"
#include "host/pci_capability.h"
#include "host/root_file.h"
#include "host/topology.h"

static int copy_text(struct fact_text *to, const struct fact_text *from)
{
	to->state = from->state;
	return from->state == FACT_KNOWN ? fact_text_set(to, from->text) : 0;
}

/*
 * The path of a function names the bridges above it, up to the root bus. A root bus in another
 * domain lies below the function that stands for its devices to the IOMMU (VMD).
 */
static void find_parent(const struct host_root *root, const struct pci_topology *topology,
			struct pci_node *node)
{
	char name[PCI_ADDRESS_SIZE], path[64], target[PATH_MAX], *end;

	node->parent = node->dma_owner = -1;
	snprintf(path, sizeof(path), PCI_DEVICES "/%s", pci_address_format(&node->address, name));
	if (host_root_read_link(root, target, sizeof(target), path) < 0)
		return;
	node->parent_known = true;
	while ((end = strrchr(target, '/'))) {
		struct pci_address above;
		const char *part;

		*end = '\0';
		part = strrchr(target, '/');
		if (!part || pci_address_parse_exact(part + 1, &above) < 0)
			continue;
		if (above.domain != node->address.domain)
			node->dma_owner = pci_topology_find(topology, &above);
		else if (node->parent < 0)
			node->parent = pci_topology_find(topology, &above);
	}
}

static int read_node(const struct host_root *root, const struct pci_device *device,
		     struct pci_node *node)
{
	uint8_t config[PCI_CONFIG_SIZE];
	char name[PCI_ADDRESS_SIZE], path[64];
	ssize_t length;

	*node = (struct pci_node){
		.address = device->address,
		.class_code = device->class_code,
		.vendor = device->vendor,
		.device = device->device,
		.group = device->group,
	};
	pci_address_format(&device->address, name);
	snprintf(path, sizeof(path), PCI_DEVICES "/%s/config", name);
	length = host_root_read_bytes(root, path, config, sizeof(config));
	if (length > 0)
		node->capabilities = pci_capabilities_parse(config, (size_t)length);
	node->virtual_function = host_root_exists(root, PCI_DEVICES "/%s/physfn", name) == 1;
	return copy_text(&node->driver, &device->driver);
}

int host_topology_read(const struct host_root *root, const struct pci_device_list *list,
		       struct pci_topology *ret)
{
	struct pci_topology topology = {
		.nodes = calloc(list->n_devices + 1, sizeof(*topology.nodes)),
	};
	int r = topology.nodes ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < list->n_devices; i++) {
		r = read_node(root, &list->devices[i], &topology.nodes[i]);
		topology.n_nodes++;
	}
	for (size_t i = 0; r == 0 && i < topology.n_nodes; i++)
		find_parent(root, &topology, &topology.nodes[i]);
	if (r < 0)
		pci_topology_release(&topology);
	*ret = topology;
	return r;
}
