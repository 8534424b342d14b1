/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "acpi.h"

static void parse(const uint8_t *table, size_t size)
{
	struct firmware_table_facts facts = {0};

	require_table(acpi_parse_viot(table, size, &facts), &facts);
	release_table(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *table = fuzz_bytes(data, size);

	parse(table, size);
	repair_table(table, size, "VIOT");
	parse(table, size);
	free(table);
	return 0;
}
