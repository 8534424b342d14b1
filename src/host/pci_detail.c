/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/pci.h"
#include "host/pci_attribute.h"
#include "host/pci_part.h"
#include "host/root_file.h"

/* What everybody may read of the configuration space, and where things stand in it. */
#define CONFIG_SIZE 64
#define CONFIG_HEADER_TYPE 0x0e
#define HEADER_TYPE_MASK 0x7f

static int read_text(const struct pci_source *source, const char *address, const char *attribute,
		     struct fact_text *fact)
{
	char buffer[4097];
	ssize_t length = pci_source_read(source, address, attribute, buffer, sizeof(buffer));

	return fact_text_take(fact, length, buffer);
}

static int read_link(const struct pci_source *source, const char *address, const char *link,
		     struct fact_text *fact)
{
	char name[NAME_MAX + 1];
	ssize_t length = pci_source_read_link_name(source, address, link, name, sizeof(name));

	return fact_text_take(fact, length, name);
}

static struct fact_number read_number(const struct pci_source *source, const char *address,
				      const char *attribute)
{
	char buffer[64];
	ssize_t length = pci_source_read(source, address, attribute, buffer, sizeof(buffer));

	return fact_number_take(length, buffer);
}

/* "0" and "1". */
static enum truth truth_of_number(struct fact_number number)
{
	return number.state == FACT_KNOWN ? truth_of(number.number != 0) : TRUTH_UNKNOWN;
}

static int read_override(const struct pci_source *source, const char *address,
			 struct fact_text *fact)
{
	int r = read_text(source, address, "driver_override", fact);

	/* Every PCI function has the attribute: no file is no answer. */
	if (fact->state == FACT_ABSENT)
		fact->state = FACT_UNKNOWN;
	if (fact->state == FACT_KNOWN &&
	    (fact->text[0] == '\0' || strcmp(fact->text, "(null)") == 0)) {
		fact_text_release(fact);
		fact->state = FACT_ABSENT;
	}
	return r;
}

/*
 * A function that has left the bus answers ones everywhere. A virtual function answers them for
 * its vendor and device always (SR-IOV 3.4.1.1, 3.4.1.2), and the rest of the header is its own.
 */
static bool is_all_ones(const uint8_t *config, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (config[i] != 0xff)
			return false;
	return true;
}

static void read_config(const struct pci_source *source, const char *address,
			struct pci_device *device)
{
	uint8_t config[CONFIG_SIZE];
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/config", address);
	if (host_root_read_bytes(source->root, path, config, sizeof(config)) !=
	    (ssize_t)sizeof(config))
		return;
	device->config_all_ones = truth_of(is_all_ones(config, sizeof(config)));
	if (device->config_all_ones == TRUTH_NO)
		device->header_type = (struct fact_number){FACT_KNOWN, config[CONFIG_HEADER_TYPE] &
									       HEADER_TYPE_MASK};
}

static int read_sriov(const struct pci_source *source, const char *address,
		      struct pci_device *device)
{
	int r;

	device->sriov_numvfs = read_number(source, address, "sriov_numvfs");
	device->sriov_totalvfs = read_number(source, address, "sriov_totalvfs");
	r = read_link(source, address, "physfn", &device->physfn);
	if (r < 0)
		return r;
	if (device->physfn.state != FACT_KNOWN) {
		device->physfn_driver.state = device->physfn.state;
		device->vf_autoprobe =
			truth_of_number(read_number(source, address, "sriov_drivers_autoprobe"));
		return 0;
	}
	device->vf_autoprobe =
		truth_of_number(read_number(source, address, "physfn/sriov_drivers_autoprobe"));
	return read_link(source, address, "physfn/driver", &device->physfn_driver);
}

static int read_vfio_dev(const struct pci_source *source, const char *address,
			 struct fact_text *fact)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;
	int r = host_root_list(source->root, &dir, PCI_DEVICES "/%s/vfio-dev", address);

	if (r < 0)
		return fact_text_take(fact, r, NULL);
	while ((name = host_dir_next(dir)))
		if (strncmp(name, "vfio", strlen("vfio")) == 0)
			return fact_text_set(fact, name);
	fact->state = FACT_ABSENT;
	return 0;
}

/* Without CONFIG_VFIO_DEVICE_CDEV the folder of the device is there, its number is not. */
static int read_vfio_cdev(const struct pci_source *source, const char *address,
			  struct pci_device *device)
{
	int r = read_vfio_dev(source, address, &device->vfio_dev);

	if (r < 0 || device->vfio_dev.state != FACT_KNOWN)
		return r;
	device->vfio_cdev = truth_of_exists(host_root_exists(
		source->root, PCI_DEVICES "/%s/vfio-dev/%s/dev", address, device->vfio_dev.text));
	return fact_node_read(&device->vfio_cdev_mode, source->root, "/dev/vfio/devices/%s",
			      device->vfio_dev.text);
}

/* The file is there where a reset is supported, since 5.15; before, there was only "reset". */
static int read_reset_method(const struct pci_source *source, const char *address,
			     struct fact_text *fact)
{
	int r = read_text(source, address, "reset_method", fact);

	if (fact->state == FACT_ABSENT &&
	    host_root_exists(source->root, PCI_DEVICES "/%s/reset", address) != 0)
		fact->state = FACT_UNKNOWN;
	if (fact->state == FACT_KNOWN && fact->text[0] == '\0') {
		fact_text_release(fact);
		fact->state = FACT_ABSENT;
	}
	return r;
}

/* A parent of mediated devices has a folder for each type (Documentation/driver-api). */
static struct fact_number count_mdev_types(const struct pci_source *source, const char *address)
{
	struct fact_number types = {FACT_UNKNOWN, 0};
	AUTO_CLOSEDIR DIR *dir = NULL;
	int r = host_root_list(source->root, &dir, PCI_DEVICES "/%s/mdev_supported_types", address);

	if (r < 0) {
		types.state = r == -ENOENT ? FACT_ABSENT : FACT_UNKNOWN;
		return types;
	}
	types.state = FACT_KNOWN;
	while (host_dir_next(dir))
		types.number++;
	return types;
}

static enum truth read_boot_vga(const struct pci_source *source, const char *address)
{
	struct fact_number boot_vga = read_number(source, address, "boot_vga");

	/* Every VGA function has the attribute, and nothing else has it (pci-sysfs.c). */
	return boot_vga.state == FACT_ABSENT ? TRUTH_NO : truth_of_number(boot_vga);
}

static int read_rest(const struct pci_source *source, const char *address,
		     struct pci_device *device)
{
	int r = read_override(source, address, &device->driver_override);

	if (r == 0)
		r = read_link(source, address, "iommu", &device->iommu);
	if (r == 0)
		r = read_sriov(source, address, device);
	if (r == 0)
		r = read_vfio_cdev(source, address, device);
	if (r == 0)
		r = read_reset_method(source, address, &device->reset_method);
	if (r == 0)
		r = read_text(source, address, "removable", &device->removable);
	if (r == 0)
		r = pci_part_power(source, address, device);
	if (r == 0)
		r = pci_part_resources(source, address, device);
	if (r == 0)
		r = pci_part_tree(source, address, device);
	if (r < 0)
		return r;
	device->mdev_types = count_mdev_types(source, address);
	device->revision = read_number(source, address, "revision");
	device->boot_vga = read_boot_vga(source, address);
	read_config(source, address, device);
	return 0;
}

int host_pci_read_detail(const struct host_root *root, const struct pci_address *address,
			 struct pci_device *ret)
{
	const struct pci_source source = {root, -1};
	struct pci_device device = {.address = *address};
	char modalias[PCI_MODALIAS_SIZE], name[PCI_ADDRESS_SIZE];
	int r;

	pci_address_format(address, name);
	*ret = (struct pci_device){0};
	if (host_root_exists(root, PCI_DEVICES "/%s", name) == 0)
		return -ENOENT;
	r = pci_source_read_function(&source, name, &device, modalias);
	if (r == 0 && modalias[0] != '\0')
		r = fact_text_set(&device.modalias, modalias);
	if (r == 0)
		r = read_rest(&source, name, &device);
	if (r < 0) {
		pci_device_release(&device);
		return r;
	}
	*ret = device;
	return 0;
}
