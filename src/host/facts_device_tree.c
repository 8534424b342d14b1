/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/cleanup.h"
#include "host/facts_part.h"
#include "host/root_file.h"

#define BUSES "/sys/class/pci_bus"

/*
 * Where firmware boots with ACPI the kernel may show a device tree all the same, an empty one
 * (drivers/of/empty_root.dts) or one with nothing but /chosen: that describes no hardware.
 */
static enum fact_state read_presence(const struct host_root *root)
{
	int acpi = host_root_exists(root, "/sys/firmware/acpi");
	int tree = host_root_exists(root, "/sys/firmware/devicetree/base");

	if (acpi == 1 || tree == 0)
		return FACT_ABSENT;
	return acpi == 0 && tree == 1 ? FACT_KNOWN : FACT_UNKNOWN;
}

int facts_read_device_tree(const struct host_root *root, struct host_facts *facts)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *bus;

	facts->device_tree = read_presence(root);
	if (facts->device_tree != FACT_KNOWN)
		return 0;
	if (host_root_list(root, &dir, BUSES) < 0)
		return 0;
	while ((bus = host_dir_next(dir)))
		if (host_root_exists(root, BUSES "/%s/of_node/iommu-map", bus) == 1 ||
		    host_root_exists(root, BUSES "/%s/of_node/iommus", bus) == 1)
			facts->device_tree_iommu = TRUTH_YES;
	return 0;
}
