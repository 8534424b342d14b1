/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/pci_part.h"
#include "host/root_file.h"

#define IOMEM "/proc/iomem"
#define IOMEM_LIMIT (1 << 20)
#define BASE_CLASS_DISPLAY 0x03

/* include/linux/ioport.h */
#define IORESOURCE_MEM 0x00000200
#define IORESOURCE_UNSET 0x20000000

#define IO_SPACE_LAST 0xffff

/*
 * An I/O BAR without an address is common behind PCI Express ports, and drivers do without it.
 * Some kernels clear the flags of a BAR that found no place, and leave its size.
 */
static bool is_memory(const struct pci_bar *bar, uint64_t flags)
{
	return flags & IORESOURCE_MEM || (flags == 0 && bar->last - bar->first > IO_SPACE_LAST);
}

/* "0x<first> 0x<last> 0x<flags>", one line a resource, the BARs first (pci-sysfs.c). */
static bool take_bar(const char *line, struct pci_bar *ret)
{
	uint64_t first, last, flags;

	if (sscanf(line, "0x%" SCNx64 " 0x%" SCNx64 " 0x%" SCNx64, &first, &last, &flags) != 3 ||
	    first > last)
		return false;
	*ret = (struct pci_bar){.first = first, .last = last};
	ret->unassigned =
		last != 0 && (first == 0 || flags & IORESOURCE_UNSET) && is_memory(ret, flags);
	return true;
}

static void read_bars(const struct pci_source *source, const char *address,
		      struct pci_device *device)
{
	char text[4097], *cursor = text, *line;

	if (pci_source_read(source, address, "resource", text, sizeof(text)) < 0)
		return;
	for (int i = 0; i < PCI_BARS; i++) {
		line = host_next_line(&cursor);
		if (!line || !take_bar(line, &device->bars[i]))
			return;
	}
	device->bars_state = FACT_KNOWN;
}

/* What firmware's framebuffer is called there, by the driver that has it. */
static bool is_framebuffer(const char *name)
{
	static const char *const names[] = {
		"BOOTFB", "efifb", "simplefb", "simple-framebuffer", "vesafb",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static bool overlaps_bar(const struct pci_device *device, uint64_t first, uint64_t last)
{
	for (int i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &device->bars[i];

		if (bar->last != 0 && !bar->unassigned && first <= bar->last && last >= bar->first)
			return true;
	}
	return false;
}

/* Those who are not root read zeros in place of addresses: then nothing is known. */
static int find_framebuffer(char *text, struct pci_device *device)
{
	bool shown = false;
	char *line;

	while ((line = host_next_line(&text))) {
		uint64_t first, last;
		int name = 0;

		if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", &first, &last, &name) != 2 ||
		    name == 0)
			continue;
		shown = shown || last != 0;
		if (last != 0 && is_framebuffer(line + name) && overlaps_bar(device, first, last))
			return fact_text_set(&device->framebuffer, line + name);
	}
	device->framebuffer.state = shown ? FACT_ABSENT : FACT_UNKNOWN;
	return 0;
}

int pci_part_resources(const struct pci_source *source, const char *address,
		       struct pci_device *device)
{
	AUTO_FREE char *text = NULL;
	int r;

	read_bars(source, address, device);
	if (device->class_code.state != FACT_KNOWN || device->bars_state != FACT_KNOWN)
		return 0;
	if (device->class_code.number >> 16 != BASE_CLASS_DISPLAY) {
		device->framebuffer.state = FACT_ABSENT;
		return 0;
	}
	r = host_root_read_all(source->root, IOMEM, IOMEM_LIMIT, &text, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return find_framebuffer(text, device);
}
