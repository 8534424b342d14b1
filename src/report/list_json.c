/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/cleanup.h"
#include "report/list_writer.h"

static void add_device(struct json_out *out, struct json_object *devices,
		       const struct pci_device *device, enum device_state state,
		       struct device_names *names)
{
	struct json_object *object = json_add_object(out, devices, NULL);
	struct device_name name = device_names_find(names, device);

	json_add_address(out, object, "address", &device->address);
	json_add_fact_number(out, object, "iommu_group", &device->group);
	json_add_fact_hex(out, object, "class", &device->class_code, 6);
	json_add_fact_hex(out, object, "vendor", &device->vendor, 4);
	json_add_fact_hex(out, object, "device", &device->device, 4);
	json_add_fact_hex(out, object, "revision", &device->revision, 2);
	json_add_fact_text(out, object, "driver", &device->driver);
	json_add_text(out, object, "state", device_state_name(state));
	json_add_text(out, object, "class_name", name.class_name);
	json_add_text(out, object, "vendor_name", name.vendor);
	json_add_text(out, object, "device_name", name.model);
}

static void add_groups(struct json_out *out, const struct listing *listing,
		       const struct list_order *order)
{
	struct json_object *groups = json_add_array(out, out->root, "iommu_groups");
	const struct pci_device *devices = listing->devices.devices;
	size_t first = 0;

	while (first < order->n) {
		const struct pci_device *member = &devices[order->positions[first]];
		size_t end = list_group_end(listing, order, first);
		struct json_object *group, *members;

		if (member->group.state != FACT_KNOWN)
			break;
		group = json_add_object(out, groups, NULL);
		json_add_number(out, group, "id", (int64_t)member->group.number);
		json_add_text(out, group, "state",
			      device_state_name(list_group_state(listing, order, first, end)));
		members = json_add_array(out, group, "devices");
		for (; first < end; first++)
			json_add_address(out, members, NULL,
					 &devices[order->positions[first]].address);
	}
}

int list_write_json(FILE *file, enum json_form form, const char *kernel,
		    const struct listing *listing, struct device_names *names)
{
	AUTO_FREE size_t *positions = NULL;
	struct json_object *devices;
	struct list_order order;
	struct json_out out;

	if (list_order_make(listing, &order) < 0)
		return -ENOMEM;
	positions = order.positions;
	json_out_begin(&out);
	json_add_text(&out, out.root, "kernel", kernel);
	devices = json_add_array(&out, out.root, "devices");
	for (size_t i = 0; i < listing->devices.n_devices; i++)
		add_device(&out, devices, &listing->devices.devices[i], listing->states[i], names);
	add_groups(&out, listing, &order);
	return json_out_end(&out, file, form);
}
