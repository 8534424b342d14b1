/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IO Remapping Table, Arm DEN 0049, revisions A to E.f. */
#include <errno.h>

#include "host/acpi_table.h"

#define IORT_HEADER_SIZE 48
#define IORT_NODE_COUNT 36
#define IORT_NODE_OFFSET 40

/* A node: u8 type, u16 length, u8 revision, u32 identifier, mapping count and offset. */
#define NODE_SIZE 16
#define NODE_SMMU 3
#define NODE_SMMU_V3 4
#define NODE_RMR 6
#define SMMU_MINIMUM (NODE_SIZE + 8)
#define SMMU_V3_FLAGS (NODE_SIZE + 8)
#define SMMU_V3_MINIMUM (SMMU_V3_FLAGS + 4)
#define SMMU_V3_COHERENT 1 /* COHACC override: its word counts more than the register's */
#define RMR_SIZE (NODE_SIZE + 12)
#define RMR_COUNT 20
#define RMR_OFFSET 24
#define RMR_DESCRIPTOR_SIZE 20

static int parse_smmu(const uint8_t *s, size_t length, struct firmware_table_facts *facts)
{
	struct firmware_unit *unit;

	if (length < (s[0] == NODE_SMMU_V3 ? SMMU_V3_MINIMUM : SMMU_MINIMUM))
		return -EINVAL;
	unit = acpi_add_unit(facts);
	if (!unit)
		return -ENOMEM;
	unit->register_base = acpi_le64(s + NODE_SIZE);
	if (s[0] == NODE_SMMU_V3)
		unit->coherent = truth_of(acpi_le32(s + SMMU_V3_FLAGS) & SMMU_V3_COHERENT);
	return 0;
}

static int parse_rmr(const uint8_t *s, size_t length, struct firmware_table_facts *facts)
{
	uint32_t count, offset;

	if (length < RMR_SIZE)
		return -EINVAL;
	count = acpi_le32(s + RMR_COUNT);
	offset = acpi_le32(s + RMR_OFFSET);
	if (offset > length || count > (length - offset) / RMR_DESCRIPTOR_SIZE)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *descriptor = s + offset + (size_t)i * RMR_DESCRIPTOR_SIZE;
		uint64_t start = acpi_le64(descriptor), bytes = acpi_le64(descriptor + 8);
		struct firmware_range *range;

		if (bytes == 0 || start + (bytes - 1) < start)
			return -EINVAL;
		range = acpi_add_range(facts);
		if (!range)
			return -ENOMEM;
		range->first = start;
		range->last = start + (bytes - 1);
	}
	return 0;
}

static int parse_node(const uint8_t *s, size_t length, struct firmware_table_facts *facts)
{
	switch (s[0]) {
	case NODE_SMMU:
	case NODE_SMMU_V3:
		return parse_smmu(s, length, facts);
	case NODE_RMR:
		return parse_rmr(s, length, facts);
	default:
		return 0;
	}
}

int acpi_parse_iort(const uint8_t *table, size_t size, struct firmware_table_facts *facts)
{
	int r = acpi_table_check(table, size, "IORT", IORT_HEADER_SIZE, facts);
	uint32_t count;
	size_t at, end;

	if (r < 0)
		return r;
	end = (size_t)r;
	count = acpi_le32(table + IORT_NODE_COUNT);
	at = acpi_le32(table + IORT_NODE_OFFSET);
	if (at < IORT_HEADER_SIZE || at > end)
		return acpi_table_fail(facts, "the nodes begin at offset %zu of %zu", at, end);
	for (uint32_t i = 0; i < count; i++) {
		uint16_t length = end - at < NODE_SIZE ? 0 : acpi_le16(table + at + 1);

		if (length < NODE_SIZE || length > end - at)
			return acpi_table_fail(facts, "node %u at offset %zu has length %u", i, at,
					       length);
		r = parse_node(table + at, length, facts);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			return acpi_table_fail(facts, "node %u at offset %zu is malformed", i, at);
		at += length;
	}
	facts->parsed = FACT_KNOWN;
	return 0;
}
