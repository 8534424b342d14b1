/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host/fact.h"
#include "host/pci_part.h"
#include "host/root_file.h"

static int read_text(const struct pci_source *source, const char *address, const char *attribute,
		     struct fact_text *fact)
{
	return fact_text_read(fact, source->root, PCI_DEVICES "/%s/%s", address, attribute);
}

/*
 * The folder above the function's own is the function above it, or that of the root bus,
 * "pci0000:00". The root bus of VMD lies below the function of VMD, in another domain.
 */
static int read_upstream(const struct pci_source *source, const char *address,
			 struct pci_device *device)
{
	char path[64], target[PATH_MAX], *end;
	struct pci_address above;
	ssize_t length;
	int r = 0;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s", address);
	length = host_root_read_link(source->root, target, sizeof(target), path);
	if (length < 0)
		return 0;
	device->upstream.state = FACT_ABSENT;
	device->domain_owner.state = FACT_ABSENT;
	while (r == 0 && (end = strrchr(target, '/'))) {
		const char *name;

		*end = '\0';
		name = strrchr(target, '/');
		if (!name || pci_address_parse_exact(name + 1, &above) < 0)
			continue;
		if (above.domain != device->address.domain)
			return fact_text_set(&device->domain_owner, name + 1);
		if (device->upstream.state == FACT_ABSENT)
			r = fact_text_set(&device->upstream, name + 1);
	}
	return r;
}

static int read_above(const struct pci_source *source, struct pci_device *device)
{
	const char *above = device->upstream.text;
	int r;

	if (device->upstream.state != FACT_KNOWN) {
		device->upstream_power_control.state = device->upstream.state;
		device->upstream_runtime_status.state = device->upstream.state;
		device->upstream_power_state.state = device->upstream.state;
		device->upstream_d3cold_allowed.state = device->upstream.state;
		return 0;
	}
	r = read_text(source, above, "power/control", &device->upstream_power_control);
	if (r == 0)
		r = read_text(source, above, "power/runtime_status",
			      &device->upstream_runtime_status);
	if (r == 0)
		r = read_text(source, above, "power_state", &device->upstream_power_state);
	if (r == 0)
		r = read_text(source, above, "d3cold_allowed", &device->upstream_d3cold_allowed);
	return r;
}

int pci_part_power(const struct pci_source *source, const char *address, struct pci_device *device)
{
	int r = read_text(source, address, "power/control", &device->power_control);

	if (r == 0)
		r = read_text(source, address, "power_state", &device->power_state);
	if (r == 0)
		r = read_text(source, address, "power/runtime_status", &device->runtime_status);
	if (r == 0)
		r = read_upstream(source, address, device);
	return r < 0 ? r : read_above(source, device);
}
