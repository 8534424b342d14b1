/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Intel Virtualization Technology for Directed I/O, specification, section 8. */
#include <errno.h>

#include "host/acpi_table.h"

#define DMAR_HEADER_SIZE 48
#define DMAR_FLAGS 37

/* A remapping structure: u16 type, u16 length. */
#define STRUCTURE_MINIMUM 4
#define TYPE_DRHD 0
#define TYPE_RMRR 1
#define DRHD_SIZE 16
#define DRHD_FLAG_INCLUDE_ALL 0x01
#define RMRR_SIZE 24

/* A device scope: type, length, two bytes, enumeration id, start bus, then pairs of a path. */
#define SCOPE_MINIMUM 6
#define SCOPE_ENDPOINT 1
#define SCOPE_BRIDGE 2

/*
 * Follows the path of a scope from its start bus through the bridges that the host shows. Where
 * one is missing, the address is that of the last hop known, and it stays unresolved.
 */
static struct firmware_scope resolve_path(const uint8_t *scope, uint8_t length, uint32_t segment,
					  const struct acpi_bridges *bridges)
{
	struct firmware_scope found = {.bridge = scope[0] == SCOPE_BRIDGE};
	int bus = scope[5];

	for (uint8_t at = SCOPE_MINIMUM; at + 2 <= length; at = (uint8_t)(at + 2)) {
		found.address = (struct pci_address){segment, (uint8_t)bus, scope[at] & 0x1f,
						     scope[at + 1] & 7};
		if (at + 4 > length) {
			found.resolved = true;
			break;
		}
		bus = bridges ? bridges->secondary_bus(bridges->data, &found.address) : -ENOENT;
		if (bus < 0 || bus > UINT8_MAX)
			break;
	}
	return found;
}

static int parse_scopes(const uint8_t *scopes, size_t size, uint32_t segment,
			const struct acpi_bridges *bridges, size_t *budget,
			struct firmware_scope **ret, size_t *n_ret)
{
	while (size > 0) {
		uint8_t length;

		if (size < SCOPE_MINIMUM)
			return -EINVAL;
		length = scopes[1];
		if (length < SCOPE_MINIMUM || length > size)
			return -EINVAL;
		if ((scopes[0] == SCOPE_ENDPOINT || scopes[0] == SCOPE_BRIDGE) &&
		    length >= SCOPE_MINIMUM + 2) {
			struct firmware_scope scope =
				resolve_path(scopes, length, segment, bridges);
			int r = acpi_add_scope(ret, n_ret, budget, &scope);

			if (r < 0)
				return r;
		}
		scopes += length;
		size -= length;
	}
	return 0;
}

static int parse_drhd(const uint8_t *s, size_t length, const struct acpi_bridges *bridges,
		      size_t *budget, struct firmware_table_facts *facts)
{
	struct firmware_unit *unit;

	if (length < DRHD_SIZE)
		return -EINVAL;
	unit = acpi_add_unit(facts);
	if (!unit)
		return -ENOMEM;
	unit->include_all = s[4] & DRHD_FLAG_INCLUDE_ALL;
	unit->segment = acpi_le16(s + 6);
	unit->register_base = acpi_le64(s + 8);
	return parse_scopes(s + DRHD_SIZE, length - DRHD_SIZE, unit->segment, bridges, budget,
			    &unit->scopes, &unit->n_scopes);
}

static int parse_rmrr(const uint8_t *s, size_t length, const struct acpi_bridges *bridges,
		      size_t *budget, struct firmware_table_facts *facts)
{
	struct firmware_range *range;

	if (length < RMRR_SIZE)
		return -EINVAL;
	range = acpi_add_range(facts);
	if (!range)
		return -ENOMEM;
	range->first = acpi_le64(s + 8);
	range->last = acpi_le64(s + 16);
	return parse_scopes(s + RMRR_SIZE, length - RMRR_SIZE, acpi_le16(s + 6), bridges, budget,
			    &range->scopes, &range->n_scopes);
}

int acpi_parse_dmar(const uint8_t *table, size_t size, const struct acpi_bridges *bridges,
		    struct firmware_table_facts *facts)
{
	size_t budget = ACPI_SCOPES_LIMIT, at = DMAR_HEADER_SIZE, end;
	int r = acpi_table_check(table, size, "DMAR", DMAR_HEADER_SIZE, facts);

	if (r < 0)
		return r;
	end = (size_t)r;
	facts->dmar_flags = table[DMAR_FLAGS];
	while (at < end) {
		uint16_t length = end - at < STRUCTURE_MINIMUM ? 0 : acpi_le16(table + at + 2);

		if (length < STRUCTURE_MINIMUM || length > end - at)
			return acpi_table_fail(facts, "the structure at offset %zu has length %u",
					       at, length);
		r = 0;
		if (acpi_le16(table + at) == TYPE_DRHD)
			r = parse_drhd(table + at, length, bridges, &budget, facts);
		else if (acpi_le16(table + at) == TYPE_RMRR)
			r = parse_rmrr(table + at, length, bridges, &budget, facts);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			return acpi_table_fail(facts, "the structure at offset %zu is malformed",
					       at);
		at += length;
	}
	facts->parsed = FACT_KNOWN;
	return 0;
}
