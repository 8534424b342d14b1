/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "report/list_writer.h"
#include "report/safe_text.h"

static enum text_colour state_colour(enum device_state state)
{
	switch (state) {
	case DEVICE_STATE_VFIO:
	case DEVICE_STATE_IN_USE:
		return TEXT_GREEN;
	case DEVICE_STATE_RECOVERING:
		return TEXT_RED;
	case DEVICE_STATE_NO_GROUP:
		return TEXT_YELLOW;
	case DEVICE_STATE_HOST:
	case DEVICE_STATE_UNBOUND:
	case DEVICE_STATE_BRIDGE:
		break;
	}
	return TEXT_PLAIN;
}

static void write_hex(FILE *file, const struct fact_number *fact, int digits)
{
	if (fact->state == FACT_KNOWN)
		fprintf(file, "%0*" PRIx64, digits, fact->number);
	else
		fprintf(file, "%.*s", digits, "????????");
}

static void write_device(const struct text_out *out, const struct pci_device *device,
			 enum device_state state, struct device_names *names)
{
	struct device_name name = device_names_find(names, device);
	struct fact_number subclass = device->class_code;
	char address[PCI_ADDRESS_SIZE];

	subclass.number >>= 8;
	fprintf(out->file, "\t%s ", pci_address_format(&device->address, address));
	if (name.class_name) {
		safe_text_print(out->file, name.class_name);
		fputc(' ', out->file);
	}
	fputc('[', out->file);
	write_hex(out->file, &subclass, 4);
	fputs("]: ", out->file);
	if (name.vendor) {
		safe_text_print(out->file, name.vendor);
		fputc(' ', out->file);
		safe_text_print(out->file, name.model ? name.model : "Device");
		fputc(' ', out->file);
	}
	fputc('[', out->file);
	write_hex(out->file, &device->vendor, 4);
	fputc(':', out->file);
	write_hex(out->file, &device->device, 4);
	fputc(']', out->file);
	if (device->revision.state == FACT_KNOWN)
		fprintf(out->file, " (rev %02" PRIx64 ")", device->revision.number);
	fputs(" [", out->file);
	if (device->driver.state == FACT_KNOWN)
		safe_text_print(out->file, device->driver.text);
	else
		fputc(device->driver.state == FACT_ABSENT ? '-' : '?', out->file);
	fputs("] ", out->file);
	text_coloured(out, state_colour(state), device_state_name(state));
	fputc('\n', out->file);
}

int list_write_text(const struct text_out *out, const struct listing *listing,
		    struct device_names *names)
{
	struct list_order order;
	AUTO_FREE size_t *positions = NULL;

	if (list_order_make(listing, &order) < 0)
		return -ENOMEM;
	positions = order.positions;
	for (size_t first = 0; first < order.n;) {
		const struct pci_device *member = &listing->devices.devices[positions[first]];
		size_t end = list_group_end(listing, &order, first);

		if (member->group.state == FACT_KNOWN)
			fprintf(out->file, "IOMMU Group %" PRIu64 ":\n", member->group.number);
		else
			fputs("No IOMMU group:\n", out->file);
		for (; first < end; first++)
			write_device(out, &listing->devices.devices[positions[first]],
				     listing->states[positions[first]], names);
	}
	return 0;
}
