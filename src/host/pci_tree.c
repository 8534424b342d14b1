/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/pci_part.h"
#include "host/root_file.h"

#define NODE "/sys/class/pci_bus/%s/of_node"
#define ENTRY_CELLS 4 /* first requester id, the IOMMU's handle, first stream id, length */
#define MAP_LIMIT 65536

/* "pci0000:00" among the folders that a function lies in is its root bus. */
static int read_root_bus(const struct pci_source *source, const char *address,
			 struct pci_device *device)
{
	char path[64], target[PATH_MAX];
	unsigned int domain, bus;
	const char *at = target;
	int length = 0;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s", address);
	if (host_root_read_link(source->root, target, sizeof(target), path) < 0)
		return 0;
	while ((at = strstr(at, "/pci"))) {
		at += strlen("/pci");
		if (sscanf(at, "%8x:%2x%n", &domain, &bus, &length) == 2 && at[length] == '/') {
			target[at - target + length] = '\0';
			return fact_text_set(&device->root_bus, at);
		}
	}
	return 0;
}

static uint32_t cell(const char *property, size_t index)
{
	uint32_t value;

	memcpy(&value, property + index * sizeof(value), sizeof(value));
	return be32toh(value);
}

/* Requester ids outside every entry pass the IOMMU by (drivers/of, of_map_id). */
static enum truth map_covers(const char *map, size_t size, uint32_t requester)
{
	size_t cells = size / sizeof(uint32_t);

	if (cells == 0 || cells % ENTRY_CELLS != 0)
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < cells; i += ENTRY_CELLS) {
		uint32_t first = cell(map, i), length = cell(map, i + 3);

		if (requester >= first && requester - first < length)
			return TRUTH_YES;
	}
	return TRUTH_NO;
}

/* Which functions of the bus the node's iommu-map sends through an IOMMU, of these @device. */
static enum truth read_map(const struct pci_source *source, const struct pci_device *device)
{
	uint32_t requester = (uint32_t)device->address.bus << 8 |
			     (uint32_t)device->address.slot << 3 | device->address.function;
	AUTO_FREE char *map = NULL, *mask = NULL;
	size_t size = 0, mask_size = 0;
	char path[96];
	int r;

	if (host_root_exists(source->root, NODE, device->root_bus.text) != 1)
		return TRUTH_UNKNOWN;
	snprintf(path, sizeof(path), NODE "/iommu-map-mask", device->root_bus.text);
	r = host_root_read_all(source->root, path, sizeof(uint32_t), &mask, &mask_size);
	if (r == 0 && mask_size == sizeof(uint32_t))
		requester &= cell(mask, 0);
	else if (r != -ENOENT)
		return TRUTH_UNKNOWN;
	snprintf(path, sizeof(path), NODE "/iommu-map", device->root_bus.text);
	r = host_root_read_all(source->root, path, MAP_LIMIT, &map, &size);
	if (r < 0)
		return r == -ENOENT ? TRUTH_NO : TRUTH_UNKNOWN;
	return map_covers(map, size, requester);
}

/* The node of the function's own IOMMU decides for all that is behind it (arm_smmu_capable). */
static enum truth read_coherence(const struct pci_source *source, const struct pci_device *device)
{
	const char *iommu = device->iommu.text;
	int coherent;

	if (device->iommu.state != FACT_KNOWN ||
	    host_root_exists(source->root, "/sys/class/iommu/%s/device/of_node", iommu) != 1)
		return TRUTH_UNKNOWN;
	coherent = host_root_exists(source->root, "/sys/class/iommu/%s/device/of_node/dma-coherent",
				    iommu);
	return coherent < 0 ? TRUTH_UNKNOWN : truth_of(coherent == 1);
}

int pci_part_tree(const struct pci_source *source, const char *address, struct pci_device *device)
{
	int r = read_root_bus(source, address, device);

	if (r < 0)
		return r;
	if (device->root_bus.state == FACT_KNOWN)
		device->tree_translates = read_map(source, device);
	device->tree_iommu_coherent = read_coherence(source, device);
	return 0;
}
