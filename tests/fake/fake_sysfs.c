/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fake_part.h"

struct fake_device *fake_find(struct fake_kernel *kernel, const struct pci_address *address)
{
	for (size_t i = 0; i < kernel->state.n_devices; i++)
		if (pci_address_equal(&kernel->state.devices[i].address, address))
			return &kernel->state.devices[i];
	return NULL;
}

struct fake_group *fake_find_group(struct fake_kernel *kernel, int number)
{
	for (size_t i = 0; i < kernel->state.n_groups; i++)
		if (kernel->state.groups[i].number == number)
			return &kernel->state.groups[i];
	return NULL;
}

bool fake_driver_exists(const struct fake_kernel *kernel, const char *driver)
{
	for (size_t i = 0; i < kernel->state.n_modules; i++)
		if (strcmp(kernel->state.modules[i].driver, driver) == 0)
			return kernel->state.modules[i].loaded;
	/* VFIO's come from modules only; host drivers are there without one. */
	return !driver_is_vfio(driver);
}

struct kernel_answer fake_module_load(void *data, const char *name)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "module.load");

	if (err == 0)
		err = ENOENT;
	else
		return fake_ends(kernel, err, 0);
	for (size_t i = 0; i < kernel->state.n_modules; i++) {
		struct fake_module *module = &kernel->state.modules[i];

		if (strcmp(module->name, name) == 0 && module->loadable) {
			module->loaded = true;
			err = 0;
		}
	}
	return fake_ends(kernel, err, 0);
}

/* pci_match_device(): an override decides alone; ids count only without one. */
static bool matches(const struct fake_device *device, const char *driver)
{
	return strcmp(*device->override ? device->override : device->native, driver) == 0;
}

/* vfio_pci_core_register_device() and what it calls (errno map A.5). */
static int probe_vfio(struct fake_kernel *kernel, struct fake_device *device)
{
	if (device->class_code >> 8 == 0x0604)
		return EINVAL;
	if (device->has_vfs)
		return EBUSY;
	if (device->group < 0 && device->group_at_bind >= 0) {
		device->group = device->group_at_bind;
		if (!fake_find_group(kernel, device->group))
			fake_kernel_add_group(kernel, device->group);
	}
	if (device->group < 0)
		return EINVAL;
	snprintf(device->power_control, sizeof(device->power_control), "auto");
	return 0;
}

/* pci_dma_configure(): a host driver may not join a group that VFIO owns. */
static int probe_host(struct fake_kernel *kernel, const struct fake_device *device,
		      const char *driver)
{
	const struct fake_group *group = fake_find_group(kernel, device->group);

	return group && group->container && !driver_is_harmless(driver) ? EBUSY : 0;
}

static int bind_driver(struct fake_kernel *kernel, struct fake_device *device, const char *driver)
{
	int err;

	if (!fake_driver_exists(kernel, driver))
		return ENOENT;
	if (device->gone || !matches(device, driver))
		return ENODEV;
	if (*device->driver)
		return EBUSY;
	err = driver_is_vfio(driver) ? probe_vfio(kernel, device)
				     : probe_host(kernel, device, driver);
	if (err != 0)
		return err;
	snprintf(device->driver, sizeof(device->driver), "%s", driver);
	fake_link_appears(kernel, device);
	return 0;
}

/* drivers_probe: success says nothing. */
static int probe_any(struct fake_kernel *kernel, struct fake_device *device)
{
	const char *driver = *device->override ? device->override : device->native;

	if (device->gone)
		return ENODEV;
	if (*driver && !*device->driver)
		bind_driver(kernel, device, driver);
	return 0;
}

static int unbind_driver(struct fake_kernel *kernel, struct fake_device *device, const char *driver)
{
	if (!fake_driver_exists(kernel, driver))
		return ENOENT;
	if (device->gone || strcmp(device->driver, driver) != 0)
		return ENODEV;
	for (int fd = 1; fd < FAKE_DESCRIPTORS; fd++)
		if (kernel->descriptors[fd].kind == FAKE_DEVICE &&
		    &kernel->state.devices[kernel->descriptors[fd].index] == device)
			fake_violates(kernel, "an unbind that would block for ever");
	device->driver[0] = '\0';
	fake_link_vanishes(device);
	if (driver_is_vfio(driver))
		snprintf(device->power_control, sizeof(device->power_control), "on");
	return 0;
}

static void check_write(struct fake_kernel *kernel, const struct fake_device *device,
			const char *step, const char *value)
{
	char name[PCI_ADDRESS_SIZE], path[sizeof(kernel->undo_folder) + PCI_ADDRESS_SIZE + 1];

	pci_address_format(&device->address, name);
	if (!device->in_plan)
		fake_violates(kernel, "%s of %s, which is not in the plan", step, name);
	snprintf(path, sizeof(path), "%s/%s", kernel->undo_folder, name);
	if (access(path, R_OK) < 0)
		fake_violates(kernel, "%s of %s without an undo record", step, name);
	if (value && (strchr(value, '\n') || !*value))
		fake_violates(kernel, "%s of %s: the value cannot be written", step, name);
}

static const char *write_name(const struct fake_kernel *kernel, enum knob knob)
{
	switch (knob) {
	case KNOB_DRIVER_OVERRIDE:
		return kernel->restoring ? "sysfs.restore.driver_override"
					 : "sysfs.driver_override";
	case KNOB_UNBIND:
		return kernel->restoring ? "sysfs.restore.unbind" : "sysfs.unbind";
	case KNOB_BIND:
		return kernel->restoring ? "sysfs.restore.bind" : "sysfs.bind";
	case KNOB_PROBE:
		return "sysfs.restore.probe";
	case KNOB_POWER_CONTROL:
		return "sysfs.restore.power_control";
	}
	return "";
}

static int write_knob(struct fake_kernel *kernel, struct fake_device *device, enum knob knob,
		      const char *value)
{
	switch (knob) {
	case KNOB_DRIVER_OVERRIDE:
		if (device->gone)
			return ENOENT;
		snprintf(device->override, sizeof(device->override), "%s", value ? value : "");
		return 0;
	case KNOB_UNBIND:
		return unbind_driver(kernel, device, value);
	case KNOB_BIND:
		return bind_driver(kernel, device, value);
	case KNOB_PROBE:
		return probe_any(kernel, device);
	case KNOB_POWER_CONTROL:
		if (device->gone)
			return ENOENT;
		snprintf(device->power_control, sizeof(device->power_control), "%s", value);
		return 0;
	}
	return EINVAL;
}

struct kernel_answer fake_knob_write(void *data, const struct pci_address *address, enum knob knob,
				     const char *value)
{
	struct fake_kernel *kernel = data;
	struct fake_device *device = fake_find(kernel, address);
	const char *step = write_name(kernel, knob);
	int err = fake_begins(kernel, step);

	kernel->writes++;
	if (!device) {
		fake_violates(kernel, "%s of a device that never was", step);
		return fake_ends(kernel, ENOENT, 0);
	}
	check_write(kernel, device, step, knob == KNOB_PROBE ? NULL : value);
	if (err == 0)
		err = write_knob(kernel, device, knob, value);
	return fake_ends(kernel, err, 0);
}

static const char *read_name(enum knob_state state)
{
	switch (state) {
	case KNOB_STATE_DRIVER:
		return "sysfs.read.driver";
	case KNOB_STATE_DRIVER_OVERRIDE:
		return "sysfs.read.driver_override";
	case KNOB_STATE_POWER_CONTROL:
		return "sysfs.read.power_control";
	case KNOB_STATE_GROUP:
		return "sysfs.read.group";
	case KNOB_STATE_GROUP_NAME:
		return "sysfs.read.group_name";
	case KNOB_STATE_IDS:
		return "sysfs.read.ids";
	}
	return "";
}

static void read_state(const struct fake_device *device, enum knob_state state, char *buffer)
{
	switch (state) {
	case KNOB_STATE_DRIVER:
		snprintf(buffer, KNOB_STATE_SIZE, "%s", device->driver);
		break;
	case KNOB_STATE_DRIVER_OVERRIDE:
		snprintf(buffer, KNOB_STATE_SIZE, "%s", device->override);
		break;
	case KNOB_STATE_POWER_CONTROL:
		snprintf(buffer, KNOB_STATE_SIZE, "%s", device->power_control);
		break;
	case KNOB_STATE_GROUP:
		if (device->group >= 0)
			snprintf(buffer, KNOB_STATE_SIZE, "%d", device->group);
		break;
	case KNOB_STATE_GROUP_NAME:
		snprintf(buffer, KNOB_STATE_SIZE, "%s", device->noiommu ? "vfio-noiommu" : "");
		break;
	case KNOB_STATE_IDS:
		snprintf(buffer, KNOB_STATE_SIZE, "%04x:%04x", device->vendor, device->device);
		break;
	}
}

struct kernel_answer fake_knob_read(void *data, const struct pci_address *address,
				    enum knob_state state, char *buffer)
{
	struct fake_kernel *kernel = data;
	const struct fake_device *device = fake_find(kernel, address);
	int err = fake_begins(kernel, read_name(state));

	buffer[0] = '\0';
	if (err == 0 && (!device || device->gone))
		err = ENOENT;
	if (err == 0)
		read_state(device, state, buffer);
	return fake_ends(kernel, err, 0);
}
