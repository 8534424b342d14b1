/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/in_use.h"
#include "host/in_use_part.h"

int in_use_addf(struct in_use_list *list, enum in_use id, const char *evidence, const char *format,
		...)
{
	va_list arguments;
	char *what;
	int r;

	va_start(arguments, format);
	r = vasprintf(&what, format, arguments);
	va_end(arguments);
	if (r < 0)
		return -ENOMEM;
	r = in_use_list_add(list, id, what, evidence);
	free(what);
	return r;
}

unsigned int in_use_base_class(const struct pci_device *device)
{
	return device->class_code.state == FACT_KNOWN
		       ? (unsigned int)(device->class_code.number >> 16) & 0xff
		       : 0xff;
}

bool in_use_has_host_driver(const struct pci_device *device)
{
	return device->driver.state == FACT_KNOWN && !driver_is_vfio(device->driver.text) &&
	       !driver_is_harmless(device->driver.text);
}

const struct in_use_part in_use_parts[IN_USE_PARTS] = {
	{"the disks", in_use_read_block},
	{"the network interfaces", in_use_read_net},
	{"the displays", in_use_read_display},
	{"input, sound, watchdogs and the like", in_use_read_peripherals},
	{"the device nodes", in_use_read_nodes},
	{"the users of VFIO", in_use_read_vfio},
};

int host_in_use_read(const struct host_root *root, const struct open_file_list *files,
		     const struct pci_device *device, struct in_use_list *ret)
{
	struct in_use_source source = {.root = root, .files = files, .device = device};
	struct in_use_list list = {0};
	char name[PCI_ADDRESS_SIZE];
	int r = 0;

	snprintf(source.marker, sizeof(source.marker), "/%s/",
		 pci_address_format(&device->address, name));
	if (root->live)
		r = in_use_read_detached(&source, &list);
	for (size_t i = 0; !root->live && r == 0 && i < IN_USE_PARTS; i++)
		r = in_use_parts[i].read(&source, &list);
	if (r < 0) {
		in_use_list_release(&list);
		return r;
	}
	*ret = list;
	return 0;
}
