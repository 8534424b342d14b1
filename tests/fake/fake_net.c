/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake_part.h"

static struct fake_device *find_link(struct fake_kernel *kernel, const char *name)
{
	for (size_t i = 0; i < kernel->state.n_devices; i++)
		if (*name && strcmp(kernel->state.devices[i].link.name, name) == 0)
			return &kernel->state.devices[i];
	return NULL;
}

/* dev_alloc_name(): the lowest ethN that is free, and down. */
void fake_link_appears(struct fake_kernel *kernel, struct fake_device *device)
{
	char name[LINK_NAME_SIZE];
	int number = 0;

	if (!device->has_link || driver_is_vfio(device->driver) ||
	    driver_is_harmless(device->driver))
		return;
	do
		snprintf(name, sizeof(name), "eth%d", number++);
	while (find_link(kernel, name));
	device->link = (struct network_link){.up = false};
	strcpy(device->link.name, name);
}

void fake_link_vanishes(struct fake_device *device)
{
	device->link = (struct network_link){0};
}

struct kernel_answer fake_links_read(void *data, const struct pci_address *address,
				     struct network_links *ret)
{
	struct fake_kernel *kernel = data;
	const struct fake_device *device = fake_find(kernel, address);
	int err = fake_begins(kernel, "sysfs.read.links");

	*ret = (struct network_links){0};
	if (err == 0 && device && !device->gone && *device->link.name)
		ret->links[ret->n_links++] = device->link;
	return fake_ends(kernel, err, 0);
}

struct kernel_answer fake_link_rename(void *data, const char *name, const char *wanted)
{
	struct fake_kernel *kernel = data;
	struct fake_device *device = find_link(kernel, name);
	int err = fake_begins(kernel, "sysfs.restore.link_rename");

	kernel->writes++;
	if (err == 0 && !device)
		err = ENODEV;
	if (err == 0 && find_link(kernel, wanted))
		err = EEXIST;
	if (err == 0 && device->link.up)
		err = EBUSY;
	if (err == 0)
		snprintf(device->link.name, sizeof(device->link.name), "%s", wanted);
	return fake_ends(kernel, err, 0);
}

struct kernel_answer fake_link_up(void *data, const char *name)
{
	struct fake_kernel *kernel = data;
	struct fake_device *device = find_link(kernel, name);
	int err = fake_begins(kernel, "sysfs.restore.link_up");

	kernel->writes++;
	if (err == 0 && !device)
		err = ENODEV;
	if (err == 0)
		device->link.up = true;
	return fake_ends(kernel, err, 0);
}
