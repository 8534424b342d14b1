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

const char *pci_uevent_find(const char *uevent, const char *key)
{
	size_t length = strlen(key);

	while (*uevent != '\0') {
		if (strncmp(uevent, key, length) == 0)
			return uevent + length;
		uevent += strcspn(uevent, "\n");
		uevent += *uevent == '\n';
	}
	return NULL;
}

/* Takes the hexadecimal digits at *@cursor, 1 to 8 of them. */
static bool take_hex(const char **cursor, uint64_t *ret)
{
	uint64_t value = 0;
	int taken = 0;

	for (; taken < 9; taken++, (*cursor)++) {
		char c = **cursor;

		if (c >= '0' && c <= '9')
			value = value * 16 + (uint64_t)(c - '0');
		else if (c >= 'A' && c <= 'F')
			value = value * 16 + (uint64_t)(c - 'A' + 10);
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	*ret = value;
	return taken > 0 && taken < 9;
}

static bool ends_field(char c)
{
	return c == '\0' || c == '\n';
}

/* Registers of this many bits: a wider number is none of them. */
#define CLASS_LAST 0xffffff
#define ID_LAST 0xffff

/* PCI_CLASS=10802 and PCI_ID=1B36:0010, hexadecimal without a prefix. */
static void take_uevent(const char *uevent, struct pci_device *device)
{
	const char *class_text = pci_uevent_find(uevent, "PCI_CLASS=");
	const char *id_text = pci_uevent_find(uevent, "PCI_ID=");
	uint64_t class_code, vendor, id;

	if (class_text && take_hex(&class_text, &class_code) && ends_field(*class_text) &&
	    class_code <= CLASS_LAST)
		device->class_code = (struct fact_number){FACT_KNOWN, class_code};
	if (id_text && take_hex(&id_text, &vendor) && *id_text++ == ':' &&
	    take_hex(&id_text, &id) && ends_field(*id_text) && vendor <= ID_LAST && id <= ID_LAST) {
		device->vendor = (struct fact_number){FACT_KNOWN, vendor};
		device->device = (struct fact_number){FACT_KNOWN, id};
	}
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
 * A function that has no uevent and none of its attributes either has vanished, or never was.
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
			     struct pci_device *device, char uevent[UEVENT_SIZE])
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
	if (pci_source_read(source, address, "uevent", uevent, UEVENT_SIZE) < 0)
		uevent[0] = '\0';
	take_uevent(uevent, device);
	if (device->class_code.state == FACT_KNOWN && device->vendor.state == FACT_KNOWN)
		return 0;
	return read_attributes(source, address, device);
}
