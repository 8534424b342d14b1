/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FUZZ_ACPI_H
#define TESTS_FUZZ_ACPI_H

/* What the harnesses of the four firmware tables share. */

#include <errno.h>

#include "fuzz.h"
#include "host/acpi_table.h"

static inline void release_table(struct firmware_table_facts *facts)
{
	for (size_t i = 0; i < facts->n_units; i++)
		free(facts->units[i].scopes);
	for (size_t i = 0; i < facts->n_ranges; i++)
		free(facts->ranges[i].scopes);
	free(facts->units);
	free(facts->ranges);
	free(facts->problem);
}

static inline size_t require_scopes(const struct firmware_scope *scopes, size_t n_scopes)
{
	for (size_t i = 0; i < n_scopes; i++)
		REQUIRE(scopes[i].address.slot <= 0x1f && scopes[i].address.function <= 7);
	return n_scopes;
}

/* A table was understood, or it says why not and nothing else. */
static inline void require_table(int answer, const struct firmware_table_facts *facts)
{
	size_t n_scopes = 0;

	REQUIRE(answer == 0 || answer == -EINVAL);
	REQUIRE((answer == 0) == (facts->parsed == FACT_KNOWN));
	REQUIRE((answer == 0) == (facts->problem == NULL));
	REQUIRE(answer == 0 || (facts->n_units == 0 && facts->n_ranges == 0));
	for (size_t i = 0; i < facts->n_units; i++)
		n_scopes += require_scopes(facts->units[i].scopes, facts->units[i].n_scopes);
	for (size_t i = 0; i < facts->n_ranges; i++)
		n_scopes += require_scopes(facts->ranges[i].scopes, facts->ranges[i].n_scopes);
	REQUIRE(n_scopes <= ACPI_SCOPES_LIMIT);
}

/*
 * Makes signature, length and checksum right: a fuzzer that has to guess them sees little of
 * what stands behind.
 */
static inline void repair_table(uint8_t *table, size_t size, const char *signature)
{
	uint8_t sum = 0;

	if (size < ACPI_HEADER_SIZE)
		return;
	memcpy(table, signature, 4);
	for (int i = 0; i < 4; i++)
		table[4 + i] = (uint8_t)(size >> (8 * i));
	table[9] = 0;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
}

#endif
