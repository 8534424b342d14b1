/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AMD I/O Virtualization Technology (IOMMU) Specification, section 5.2. */
#include <errno.h>
#include <stdbool.h>

#include "host/acpi_table.h"

#define IVRS_HEADER_SIZE 48

/* A block: u8 type, u8 flags, u16 length, u16 device id; in an IVMD, u16 last id, u16 segment. */
#define BLOCK_MINIMUM 6
#define IVHD_BASIC 0x10
#define IVHD_EXTENDED 0x11
#define IVHD_NAMED 0x40
#define IVHD_BASIC_SIZE 24
#define IVHD_EXTENDED_SIZE 40
#define IVMD_ALL 0x20
#define IVMD_ONE 0x21
#define IVMD_RANGE 0x22
#define IVMD_SIZE 32
#define IVMD_FLAG_UNITY 0x01
#define IVMD_FLAG_EXCLUSION 0x08

/* More than any board has; keeps the search for repeated units short. */
#define UNITS_LIMIT 1024

/* Device entries of an IVHD; the upper two bits of the type give the size, but for ACPI ids. */
#define ENTRY_ALL 1
#define ENTRY_SELECT 2
#define ENTRY_RANGE_START 3
#define ENTRY_RANGE_END 4
#define ENTRY_ALIAS 66
#define ENTRY_ALIAS_RANGE 67
#define ENTRY_EXTENDED 70
#define ENTRY_EXTENDED_RANGE 71
#define ENTRY_ACPI_ID 240
#define ENTRY_ACPI_ID_SIZE 22

/* The size of the entry at @entry, 0 where it does not fit into @size. */
static size_t entry_size(const uint8_t *entry, size_t size)
{
	size_t wanted;

	if (entry[0] < ENTRY_ACPI_ID)
		wanted = (size_t)4 << (entry[0] >> 6);
	else if (size < ENTRY_ACPI_ID_SIZE)
		return 0;
	else
		wanted = ENTRY_ACPI_ID_SIZE + entry[ENTRY_ACPI_ID_SIZE - 1];
	return wanted <= size ? wanted : 0;
}

static int add_scopes(struct firmware_unit *unit, size_t *budget, uint16_t first, uint16_t last)
{
	if (first == 0 && last == UINT16_MAX) {
		unit->include_all = true;
		return 0;
	}
	return acpi_add_scopes(&unit->scopes, &unit->n_scopes, budget, unit->segment, first, last);
}

static int parse_entries(const uint8_t *entry, size_t size, struct firmware_unit *unit,
			 size_t *budget)
{
	int range_start = -1, r = 0;

	while (size > 0 && r == 0) {
		size_t length = size < 4 ? 0 : entry_size(entry, size);
		uint16_t id;

		if (length == 0)
			return -EINVAL;
		id = acpi_le16(entry + 1);
		switch (entry[0]) {
		case ENTRY_ALL:
			unit->include_all = true;
			break;
		case ENTRY_SELECT:
		case ENTRY_ALIAS:
		case ENTRY_EXTENDED:
			r = add_scopes(unit, budget, id, id);
			break;
		case ENTRY_RANGE_START:
		case ENTRY_ALIAS_RANGE:
		case ENTRY_EXTENDED_RANGE:
			range_start = id;
			break;
		case ENTRY_RANGE_END:
			if (range_start < 0 || range_start > id)
				return -EINVAL;
			r = add_scopes(unit, budget, (uint16_t)range_start, id);
			range_start = -1;
			break;
		default:
			break;
		}
		entry += length;
		size -= length;
	}
	return r;
}

static int parse_ivhd(const uint8_t *s, size_t length, size_t *budget,
		      struct firmware_table_facts *facts)
{
	size_t header = s[0] == IVHD_BASIC ? IVHD_BASIC_SIZE : IVHD_EXTENDED_SIZE;
	struct firmware_unit *unit;

	if (length < header)
		return -EINVAL;
	if (facts->n_units == UNITS_LIMIT)
		return -EINVAL;
	/* Later kinds of block repeat the same unit with the same devices. */
	for (size_t i = 0; i < facts->n_units; i++)
		if (facts->units[i].register_base == acpi_le64(s + 8))
			return 0;
	unit = acpi_add_unit(facts);
	if (!unit)
		return -ENOMEM;
	unit->register_base = acpi_le64(s + 8);
	unit->segment = acpi_le16(s + 16);
	return parse_entries(s + header, length - header, unit, budget);
}

static int parse_ivmd(const uint8_t *s, size_t length, size_t *budget,
		      struct firmware_table_facts *facts)
{
	uint16_t first, last;
	struct firmware_range *range;
	uint64_t start, bytes;

	if (length < IVMD_SIZE)
		return -EINVAL;
	first = acpi_le16(s + 4);
	last = s[0] == IVMD_RANGE ? acpi_le16(s + 6) : first;
	start = acpi_le64(s + 16);
	bytes = acpi_le64(s + 24);
	if (last < first || bytes == 0 || start + (bytes - 1) < start)
		return -EINVAL;
	if (!(s[1] & (IVMD_FLAG_UNITY | IVMD_FLAG_EXCLUSION)))
		return 0;
	range = acpi_add_range(facts);
	if (!range)
		return -ENOMEM;
	range->first = start;
	range->last = start + (bytes - 1);
	range->exclusion = s[1] & IVMD_FLAG_EXCLUSION;
	if (s[0] == IVMD_ALL || (first == 0 && last == UINT16_MAX))
		return 0;
	return acpi_add_scopes(&range->scopes, &range->n_scopes, budget, acpi_le16(s + 8), first,
			       last);
}

static int parse_block(const uint8_t *s, size_t length, size_t *budget,
		       struct firmware_table_facts *facts)
{
	switch (s[0]) {
	case IVHD_BASIC:
	case IVHD_EXTENDED:
	case IVHD_NAMED:
		return parse_ivhd(s, length, budget, facts);
	case IVMD_ALL:
	case IVMD_ONE:
	case IVMD_RANGE:
		return parse_ivmd(s, length, budget, facts);
	default:
		return 0;
	}
}

int acpi_parse_ivrs(const uint8_t *table, size_t size, struct firmware_table_facts *facts)
{
	size_t budget = ACPI_SCOPES_LIMIT, at = IVRS_HEADER_SIZE, end;
	int r = acpi_table_check(table, size, "IVRS", IVRS_HEADER_SIZE, facts);

	if (r < 0)
		return r;
	end = (size_t)r;
	while (at < end) {
		uint16_t length = end - at < BLOCK_MINIMUM ? 0 : acpi_le16(table + at + 2);

		if (length < BLOCK_MINIMUM || length > end - at)
			return acpi_table_fail(facts, "the block at offset %zu has length %u", at,
					       length);
		r = parse_block(table + at, length, &budget, facts);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			return acpi_table_fail(facts, "the block at offset %zu is malformed", at);
		at += length;
	}
	facts->parsed = FACT_KNOWN;
	return 0;
}
