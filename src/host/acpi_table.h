/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_ACPI_TABLE_H
#define HOST_ACPI_TABLE_H

/*
 * What the parsers of the IOMMU tables share: private to host/. Tables come from firmware and
 * from captured trees, so every length in them may be a lie; the parsers take a buffer and its
 * size, read nothing outside, and say what is wrong.
 */

#include <stddef.h>
#include <stdint.h>

#include "model/host_facts.h"

#define ACPI_HEADER_SIZE 36

static inline uint16_t acpi_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t acpi_le32(const uint8_t *p)
{
	return acpi_le16(p) | (uint32_t)acpi_le16(p + 2) << 16;
}

static inline uint64_t acpi_le64(const uint8_t *p)
{
	return acpi_le32(p) | (uint64_t)acpi_le32(p + 4) << 32;
}

/* Answers the secondary bus number of the bridge at @address, or a negative errno. */
struct acpi_bridges {
	int (*secondary_bus)(void *data, const struct pci_address *address);
	void *data;
};

/*
 * Checks the header of @table: signature, length (which must reach @minimum and stay within
 * @size) and checksum. Returns the table's length, or -EINVAL with the problem noted in @facts,
 * or -ENOMEM.
 */
int acpi_table_check(const uint8_t *table, size_t size, const char *signature, size_t minimum,
		     struct firmware_table_facts *facts);

/*
 * Forgets what was parsed, notes why, and returns -EINVAL (-ENOMEM): half a table is no fact.
 */
int acpi_table_fail(struct firmware_table_facts *facts, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Append a zeroed unit or range. Return NULL out of memory. */
struct firmware_unit *acpi_add_unit(struct firmware_table_facts *facts);
struct firmware_range *acpi_add_range(struct firmware_table_facts *facts);

/* Functions that all entries of one table may name together: four segments full of them. */
#define ACPI_SCOPES_LIMIT (4 * 65536)

/*
 * Appends one scope to the array. Returns 0, -ENOMEM, or -E2BIG over the limit, of which
 * *@budget is what is left.
 */
int acpi_add_scope(struct firmware_scope **scopes, size_t *n_scopes, size_t *budget,
		   const struct firmware_scope *scope);

/* Appends the functions from bus/devfn @first to @last, as acpi_add_scope() does. */
int acpi_add_scopes(struct firmware_scope **scopes, size_t *n_scopes, size_t *budget,
		    uint32_t segment, uint16_t first, uint16_t last);

/*
 * The parsers: each fills the units, ranges and flags of @facts and sets its `parsed`. They
 * return 0, or -EINVAL with the problem noted and nothing else, or -ENOMEM.
 */
int acpi_parse_dmar(const uint8_t *table, size_t size, const struct acpi_bridges *bridges,
		    struct firmware_table_facts *facts);

/* A range without scopes is for every device; so is a unit with include_all. */
int acpi_parse_ivrs(const uint8_t *table, size_t size, struct firmware_table_facts *facts);

/* Units are SMMUs, ranges are RMR nodes; both without scopes: stream ids are not PCI ids. */
int acpi_parse_iort(const uint8_t *table, size_t size, struct firmware_table_facts *facts);

/* Units are virtio-iommu devices (register_base 0 for one on PCI) with the PCI ranges' scopes. */
int acpi_parse_viot(const uint8_t *table, size_t size, struct firmware_table_facts *facts);

#endif
