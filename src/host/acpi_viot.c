/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual I/O Translation table, ACPI 6.5, section 5.2.31. */
#include <errno.h>
#include <stdbool.h>

#include "host/acpi_table.h"

#define VIOT_HEADER_SIZE 48
#define VIOT_NODE_COUNT 36
#define VIOT_NODE_OFFSET 38

/* A node: u8 type, reserved, u16 length. */
#define NODE_MINIMUM 4
#define NODE_PCI_RANGE 1
#define NODE_VIRTIO_PCI 3
#define NODE_VIRTIO_MMIO 4
#define PCI_RANGE_SIZE 24
#define VIRTIO_SIZE 16
/* More than any guest has; the nodes are walked once for each. */
#define UNITS_LIMIT 256

/* The table while its nodes are visited twice: ranges may stand before the unit they name. */
struct viot {
	const uint8_t *table;
	size_t end;
	size_t first; /* offset of the first node */
	uint16_t count;
	size_t budget;
};

/* The node behind the one at *@at, which is checked; *@at moves on. NULL: its length lies. */
static const uint8_t *take_node(const struct viot *viot, size_t *at)
{
	const uint8_t *node = viot->table + *at;
	uint16_t length = viot->end - *at < NODE_MINIMUM ? 0 : acpi_le16(node + 2);

	if (length < NODE_MINIMUM || length > viot->end - *at)
		return NULL;
	if ((node[0] == NODE_PCI_RANGE && length < PCI_RANGE_SIZE) ||
	    ((node[0] == NODE_VIRTIO_PCI || node[0] == NODE_VIRTIO_MMIO) && length < VIRTIO_SIZE))
		return NULL;
	*at += length;
	return node;
}

static int add_range(struct viot *viot, const uint8_t *node, struct firmware_unit *unit)
{
	uint16_t segment = acpi_le16(node + 8), first = acpi_le16(node + 12);
	uint16_t segment_end = acpi_le16(node + 10), last = acpi_le16(node + 14);

	if (segment_end < segment || last < first)
		return -EINVAL;
	if (first == 0 && last == UINT16_MAX) {
		unit->include_all = true;
		return 0;
	}
	for (uint32_t i = segment; i <= segment_end; i++) {
		int r = acpi_add_scopes(&unit->scopes, &unit->n_scopes, &viot->budget, i, first,
					last);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Gives the unit whose node stands at @offset the ranges that name it. */
static int add_ranges(struct viot *viot, size_t offset, struct firmware_unit *unit)
{
	size_t at = viot->first;
	int r = 0;

	for (uint16_t i = 0; i < viot->count && r == 0; i++) {
		const uint8_t *node = take_node(viot, &at);

		if (!node)
			return -EINVAL;
		if (node[0] == NODE_PCI_RANGE && acpi_le16(node + 16) == offset)
			r = add_range(viot, node, unit);
	}
	return r;
}

static int add_units(struct viot *viot, struct firmware_table_facts *facts)
{
	size_t at = viot->first;
	int r = 0;

	for (uint16_t i = 0; i < viot->count && r == 0; i++) {
		size_t offset = at;
		const uint8_t *node = take_node(viot, &at);
		struct firmware_unit *unit;

		if (!node)
			return -EINVAL;
		if (node[0] != NODE_VIRTIO_PCI && node[0] != NODE_VIRTIO_MMIO)
			continue;
		if (facts->n_units == UNITS_LIMIT)
			return -EINVAL;
		unit = acpi_add_unit(facts);
		if (!unit)
			return -ENOMEM;
		if (node[0] == NODE_VIRTIO_PCI)
			unit->segment = acpi_le16(node + 4);
		else
			unit->register_base = acpi_le64(node + 8);
		r = add_ranges(viot, offset, unit);
	}
	return r;
}

int acpi_parse_viot(const uint8_t *table, size_t size, struct firmware_table_facts *facts)
{
	int r = acpi_table_check(table, size, "VIOT", VIOT_HEADER_SIZE, facts);
	struct viot viot = {.table = table, .budget = ACPI_SCOPES_LIMIT};

	if (r < 0)
		return r;
	viot.end = (size_t)r;
	viot.count = acpi_le16(table + VIOT_NODE_COUNT);
	viot.first = acpi_le16(table + VIOT_NODE_OFFSET);
	if (viot.first < VIOT_HEADER_SIZE || viot.first > viot.end)
		return acpi_table_fail(facts, "the nodes begin at offset %zu of %zu", viot.first,
				       viot.end);
	r = add_units(&viot, facts);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return acpi_table_fail(facts, "one of its %u nodes is malformed", viot.count);
	facts->parsed = FACT_KNOWN;
	return 0;
}
