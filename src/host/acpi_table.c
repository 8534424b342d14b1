/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/acpi_table.h"

#define OFFSET_LENGTH 4

static void forget(struct firmware_table_facts *facts)
{
	for (size_t i = 0; i < facts->n_units; i++)
		free(facts->units[i].scopes);
	for (size_t i = 0; i < facts->n_ranges; i++)
		free(facts->ranges[i].scopes);
	free(facts->units);
	free(facts->ranges);
	free(facts->problem);
	*facts = (struct firmware_table_facts){.present = facts->present};
}

int acpi_table_fail(struct firmware_table_facts *facts, const char *format, ...)
{
	va_list arguments;
	int length;

	forget(facts);
	va_start(arguments, format);
	length = vasprintf(&facts->problem, format, arguments);
	va_end(arguments);
	if (length < 0) {
		facts->problem = NULL;
		return -ENOMEM;
	}
	return -EINVAL;
}

int acpi_table_check(const uint8_t *table, size_t size, const char *signature, size_t minimum,
		     struct firmware_table_facts *facts)
{
	uint8_t sum = 0;
	uint32_t length;

	if (size < ACPI_HEADER_SIZE)
		return acpi_table_fail(facts, "%zu bytes are no table", size);
	if (memcmp(table, signature, strlen(signature)) != 0)
		return acpi_table_fail(facts, "the signature is not %s", signature);
	length = acpi_le32(table + OFFSET_LENGTH);
	if (length < minimum)
		return acpi_table_fail(facts, "the length field says %u, less than a header",
				       length);
	if (length > size || length > INT32_MAX)
		return acpi_table_fail(facts, "the length field says %u, there are %zu bytes",
				       length, size);
	for (uint32_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + table[i]);
	if (sum != 0)
		return acpi_table_fail(facts, "the checksum is off by 0x%02x", sum);
	return (int)length;
}

/*
 * Makes room for one more of @size bytes behind @count: the room is always the next power of
 * two, so that it need not be kept.
 */
static void *grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return reallocarray(array, count ? count * 2 : 1, size);
}

struct firmware_unit *acpi_add_unit(struct firmware_table_facts *facts)
{
	struct firmware_unit *grown = grow(facts->units, facts->n_units, sizeof(*grown));

	if (!grown)
		return NULL;
	facts->units = grown;
	grown[facts->n_units] = (struct firmware_unit){0};
	return &grown[facts->n_units++];
}

struct firmware_range *acpi_add_range(struct firmware_table_facts *facts)
{
	struct firmware_range *grown = grow(facts->ranges, facts->n_ranges, sizeof(*grown));

	if (!grown)
		return NULL;
	facts->ranges = grown;
	grown[facts->n_ranges] = (struct firmware_range){0};
	return &grown[facts->n_ranges++];
}

int acpi_add_scope(struct firmware_scope **scopes, size_t *n_scopes, size_t *budget,
		   const struct firmware_scope *scope)
{
	struct firmware_scope *grown;

	if (*budget == 0)
		return -E2BIG;
	grown = grow(*scopes, *n_scopes, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*scopes = grown;
	grown[(*n_scopes)++] = *scope;
	(*budget)--;
	return 0;
}

int acpi_add_scopes(struct firmware_scope **scopes, size_t *n_scopes, size_t *budget,
		    uint32_t segment, uint16_t first, uint16_t last)
{
	for (uint32_t id = first; id <= last; id++) {
		const struct firmware_scope scope = {
			.address = {segment, (uint8_t)(id >> 8), (uint8_t)(id >> 3 & 0x1f),
				    (uint8_t)(id & 7)},
			.resolved = true,
		};
		int r = acpi_add_scope(scopes, n_scopes, budget, &scope);

		if (r < 0)
			return r;
	}
	return 0;
}
