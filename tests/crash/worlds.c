/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "worlds.h"

static struct fake_device *device(struct fake_kernel *kernel, uint8_t bus, const char *driver,
				  const char *override, const char *power)
{
	struct fake_device *added = fake_kernel_add_device(kernel, bus, 12, driver, override);

	strcpy(added->power_control, power);
	if (driver && strcmp(driver, "pci-stub") == 0)
		strcpy(added->native, "e1000e");
	return added;
}

static void give_link(struct fake_device *to, const char *name, bool up)
{
	to->has_link = true;
	to->link.up = up;
	strcpy(to->link.name, name);
}

static void build_bound(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", NULL, "auto");
}

static void build_unbound(struct fake_kernel *kernel)
{
	device(kernel, 1, NULL, NULL, "on");
}

static void build_override(struct fake_kernel *kernel)
{
	device(kernel, 1, NULL, "pci-stub", "auto");
}

static void build_override_in_the_way(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", "vfio-pci", "on");
}

static void build_override_cleared_since(struct fake_kernel *kernel)
{
	device(kernel, 1, "pci-stub", NULL, "on");
}

static void build_two(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", NULL, "auto");
	device(kernel, 2, "igb", "other", "on");
}

static void build_three(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", NULL, "on");
	device(kernel, 2, "vfio-pci", "vfio-pci", "auto");
	device(kernel, 3, NULL, NULL, "auto");
}

static void build_four(struct fake_kernel *kernel)
{
	give_link(device(kernel, 1, "e1000e", NULL, "auto"), "eth1", true);
	give_link(device(kernel, 2, "igb", "other", "on"), "eth0", false);
	device(kernel, 3, NULL, "pci-stub", "auto");
	device(kernel, 4, "e1000e", "vfio-pci", "on");
}

static void build_sibling(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", NULL, "on");
	device(kernel, 2, "igb", NULL, "on")->in_plan = false;
}

static void build_without_group(struct fake_kernel *kernel)
{
	fake_kernel_add_device(kernel, 1, -1, "e1000e", NULL)->group_at_bind = 3;
}

/* Two whose interfaces come back under the name of the other, one that was up. */
static void build_interfaces(struct fake_kernel *kernel)
{
	give_link(device(kernel, 1, "e1000e", NULL, "on"), "lan0", true);
	give_link(device(kernel, 2, "e1000e", NULL, "on"), "lan1", false);
}

/* Each comes back under the name of the other, and both are up. */
static void build_swapped_interfaces(struct fake_kernel *kernel)
{
	give_link(device(kernel, 1, "e1000e", NULL, "auto"), "eth1", true);
	give_link(device(kernel, 2, "e1000e", NULL, "on"), "eth0", true);
}

static void other_group(struct fake_kernel *kernel, uint8_t bus, int iommu)
{
	struct fake_device *added = fake_kernel_add_device(kernel, bus, 13, "nvme", NULL);

	strcpy(added->power_control, "auto");
	added->iommu = iommu;
}

static void build_two_groups(struct fake_kernel *kernel)
{
	give_link(device(kernel, 1, "e1000e", NULL, "on"), "lan0", true);
	other_group(kernel, 2, 0);
}

/* Two of one group, two of another one behind an IOMMU of its own. */
static void build_two_iommus(struct fake_kernel *kernel)
{
	build_two(kernel);
	other_group(kernel, 3, 1);
	other_group(kernel, 4, 1);
}

void crash_world_build_pair(struct fake_kernel *kernel)
{
	give_link(device(kernel, 1, "e1000e", NULL, "auto"), "lan0", true);
	device(kernel, 2, "igb", "other", "on");
}

const struct crash_world crash_worlds[] = {
	{"bound", build_bound, NULL, "", true, false, false},
	{"unbound", build_unbound, NULL, "", true, false, false},
	{"override set before", build_override, NULL, "", true, false, false},
	{"override in the way", build_override_in_the_way, NULL, "", true, false, false},
	{"override cleared since", build_override_cleared_since, NULL, "", true, false, false},
	{"two of a group", build_two, NULL, "", true, false, false},
	{"three, one on VFIO", build_three, NULL, "", true, false, false},
	{"four, of every kind", build_four, NULL, "", true, true, false},
	{"sibling on its driver", build_sibling, NULL, "", true, false, false},
	{"group at the first bind", build_without_group, NULL, "", true, false, false},
	{"driver to be loaded", build_two, "vfio_pci", "", true, false, false},
	{"both paths", build_two, NULL, "", true, true, false},
	{"both, driver to be loaded", build_bound, "vfio_pci", "", true, true, false},
	{"iommufd alone", build_two, NULL, "", false, true, false},
	{"IOAS refuses one", build_three, NULL, "cdev.attach_ioas#2 EINVAL", true, true, false},
	{"network interfaces", build_interfaces, NULL, "", true, false, false},
	{"interfaces swapped", build_swapped_interfaces, NULL, "", true, true, false},
	{"bind back needs a probe", build_bound, NULL, "sysfs.restore.bind#1 EINVAL", true, false,
	 false},
	{"two groups at once", build_two_groups, NULL, "", true, true, true},
	{"two IOMMUs at once", build_two_iommus, NULL, "", true, true, true},
	{"joining refused", build_two_groups, NULL, "group.set_container#2 ENOMEM", true, false,
	 true},
	{"second not movable", build_two_groups, NULL, "sysfs.unbind#2 ENODEV", true, true, true},
};

const size_t n_crash_worlds = ARRAY_LENGTH(crash_worlds);
