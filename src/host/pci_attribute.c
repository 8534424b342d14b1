/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "host/fact.h"
#include "host/pci_attribute.h"

/* "ffffffff:ff:1f.7/" and the longest attribute that is asked for. */
#define RELATIVE_SIZE 64

static void join(char *buffer, const char *address, const char *name)
{
	size_t length = strlen(address);

	memcpy(buffer, address, length);
	buffer[length] = '/';
	strcpy(buffer + length + 1, name);
}

ssize_t pci_source_read(const struct pci_source *source, const char *address, const char *attribute,
			char *buffer, size_t size)
{
	char relative[RELATIVE_SIZE];

	if (source->dirfd < 0)
		return host_root_read(source->root, buffer, size, PCI_DEVICES "/%s/%s", address,
				      attribute);
	join(relative, address, attribute);
	return fd_read_small_at(source->dirfd, relative, buffer, size);
}

ssize_t pci_source_read_link_name(const struct pci_source *source, const char *address,
				  const char *link, char *buffer, size_t size)
{
	char relative[RELATIVE_SIZE];

	if (source->dirfd < 0)
		return host_root_read_link_name(source->root, buffer, size, PCI_DEVICES "/%s/%s",
						address, link);
	join(relative, address, link);
	return fd_read_link_name_at(source->dirfd, relative, buffer, size);
}

/* Takes @word and the hexadecimal number of exactly @digits behind it, of at most @last. */
static bool take_field(const char **cursor, const char *word, int digits, uint64_t last,
		       struct fact_number *ret)
{
	uint64_t value = 0;

	if (strncmp(*cursor, word, strlen(word)) != 0)
		return false;
	*cursor += strlen(word);
	for (; digits > 0; digits--, (*cursor)++) {
		char c = **cursor;

		if (c >= '0' && c <= '9')
			value = value * 16 + (uint64_t)(c - '0');
		else if (c >= 'A' && c <= 'F')
			value = value * 16 + (uint64_t)(c - 'A' + 10);
		else
			return false;
	}
	*ret = (struct fact_number){FACT_KNOWN, value};
	return value <= last;
}

/* Registers of this many bits: a wider number is none of them. */
#define CLASS_LAST 0xffffff
#define ID_LAST 0xffff

/* pci:v00008086d000010D3sv00001AF4sd00001100bc02sc00i00 (modalias_show() in pci-sysfs.c). */
static void take_modalias(const char *modalias, struct pci_device *device)
{
	struct fact_number vendor, id, ignored, base, sub, interface;
	const char *cursor = modalias;

	if (!take_field(&cursor, "pci:v", 8, ID_LAST, &vendor) ||
	    !take_field(&cursor, "d", 8, ID_LAST, &id) ||
	    !take_field(&cursor, "sv", 8, UINT32_MAX, &ignored) ||
	    !take_field(&cursor, "sd", 8, UINT32_MAX, &ignored) ||
	    !take_field(&cursor, "bc", 2, UINT8_MAX, &base) ||
	    !take_field(&cursor, "sc", 2, UINT8_MAX, &sub) ||
	    !take_field(&cursor, "i", 2, UINT8_MAX, &interface) || *cursor != '\0')
		return;
	device->vendor = vendor;
	device->device = id;
	device->class_code = (struct fact_number){FACT_KNOWN, base.number << 16 | sub.number << 8 |
								      interface.number};
}

static struct fact_number read_number(const struct pci_source *source, const char *address,
				      const char *attribute, uint64_t last)
{
	char buffer[64];
	ssize_t length = pci_source_read(source, address, attribute, buffer, sizeof(buffer));
	struct fact_number fact = fact_number_take(length, buffer);

	return fact.number <= last ? fact : (struct fact_number){FACT_UNKNOWN, 0};
}

/*
 * A function that has no modalias and none of its attributes either has vanished, or never was.
 * Returns 0 or -ENOENT.
 */
static int read_attributes(const struct pci_source *source, const char *address,
			   struct pci_device *device)
{
	if (device->class_code.state != FACT_KNOWN)
		device->class_code = read_number(source, address, "class", CLASS_LAST);
	if (device->vendor.state != FACT_KNOWN) {
		device->vendor = read_number(source, address, "vendor", ID_LAST);
		device->device = read_number(source, address, "device", ID_LAST);
	}
	if (device->class_code.state != FACT_ABSENT || device->vendor.state != FACT_ABSENT ||
	    device->device.state != FACT_ABSENT)
		return 0;
	if (host_root_exists(source->root, PCI_DEVICES "/%s", address) == 0)
		return -ENOENT;
	return 0;
}

int pci_source_read_function(const struct pci_source *source, const char *address,
			     struct pci_device *device, char modalias[PCI_MODALIAS_SIZE])
{
	char name[NAME_MAX + 1];
	uint64_t number;
	ssize_t length;
	int r;

	length = pci_source_read_link_name(source, address, "iommu_group", name, sizeof(name));
	if (length == -ENOENT)
		device->group.state = FACT_ABSENT;
	else if (length >= 0 && number_parse(name, 10, &number) && number <= INT_MAX)
		device->group = (struct fact_number){FACT_KNOWN, number};
	length = pci_source_read_link_name(source, address, "driver", name, sizeof(name));
	r = fact_text_take(&device->driver, length, name);
	if (r < 0)
		return r;
	if (pci_source_read(source, address, "modalias", modalias, PCI_MODALIAS_SIZE) < 0)
		modalias[0] = '\0';
	take_modalias(modalias, device);
	if (device->class_code.state == FACT_KNOWN && device->vendor.state == FACT_KNOWN)
		return 0;
	return read_attributes(source, address, device);
}
