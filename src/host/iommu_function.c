/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/iommu_function.h"

/*
 * Whether @target, where an entry of /sys/class/iommu leads, is below the function that
 * @component ("/0000:00:02.0/") names: .../0000:00:02.0/iommu/ivhd0. The entry's own name says
 * nothing: the virtio IOMMU's is its address, .../0000:00:02.0/virtio0/iommu/0000:00:02.0. A
 * bridge above an IOMMU's function shows in the path too, but not as its last PCI part.
 */
static bool is_below(char *target, const char *component)
{
	char *name = strrchr(target, '/');
	const char *found;

	if (!name)
		return false;
	name[1] = '\0';
	found = strstr(target, component);
	return found && !strchr(found + strlen(component), ':');
}

enum truth host_iommu_is_function(const struct host_root *root, const struct pci_address *address)
{
	AUTO_CLOSEDIR DIR *stream = NULL;
	const struct dirent *entry;
	char name[PCI_ADDRESS_SIZE], component[PCI_ADDRESS_SIZE + 2], target[1024];
	int fd = host_root_open_dir(root, "/sys/class/iommu");

	if (fd < 0)
		return fd == -ENOENT ? TRUTH_NO : TRUTH_UNKNOWN;
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return TRUTH_UNKNOWN;
	}
	snprintf(component, sizeof(component), "/%s/", pci_address_format(address, name));
	while ((entry = readdir(stream))) {
		ssize_t length =
			readlinkat(dirfd(stream), entry->d_name, target, sizeof(target) - 1);

		if (length < 0)
			continue;
		target[length] = '\0';
		if (is_below(target, component))
			return TRUTH_YES;
	}
	return TRUTH_NO;
}
