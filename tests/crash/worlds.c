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

void crash_world_build_pair(struct fake_kernel *kernel)
{
	give_link(device(kernel, 1, "e1000e", NULL, "auto"), "lan0", true);
	device(kernel, 2, "igb", "other", "on");
}

const struct crash_world crash_worlds[] = {
	{"bound", build_bound, NULL, "", true, false},
	{"unbound", build_unbound, NULL, "", true, false},
	{"override set before", build_override, NULL, "", true, false},
	{"override in the way", build_override_in_the_way, NULL, "", true, false},
	{"override cleared since", build_override_cleared_since, NULL, "", true, false},
	{"two of a group", build_two, NULL, "", true, false},
	{"three, one on VFIO", build_three, NULL, "", true, false},
	{"four, of every kind", build_four, NULL, "", true, true},
	{"sibling on its driver", build_sibling, NULL, "", true, false},
	{"group at the first bind", build_without_group, NULL, "", true, false},
	{"driver to be loaded", build_two, "vfio_pci", "", true, false},
	{"both paths", build_two, NULL, "", true, true},
	{"both, driver to be loaded", build_bound, "vfio_pci", "", true, true},
	{"iommufd alone", build_two, NULL, "", false, true},
	{"IOAS refuses one", build_three, NULL, "cdev.attach_ioas#2 EINVAL", true, true},
	{"network interfaces", build_interfaces, NULL, "", true, false},
	{"interfaces swapped", build_swapped_interfaces, NULL, "", true, true},
	{"bind back needs a probe", build_bound, NULL, "sysfs.restore.bind#1 EINVAL", true, false},
};

const size_t n_crash_worlds = ARRAY_LENGTH(crash_worlds);
