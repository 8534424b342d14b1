/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "acpi.h"

/* Half of the buses lead on; one bridge gives a bus number that no table could hold. */
static int secondary_bus(void *data, const struct pci_address *address)
{
	(void)data;
	if (address->bus == 0xee)
		return 0x1ee;
	return address->bus & 1 ? -ENOENT : address->bus + 1;
}

static const struct acpi_bridges bridges = {secondary_bus, NULL};

static void parse(const uint8_t *table, size_t size)
{
	struct firmware_table_facts facts = {0};

	require_table(acpi_parse_dmar(table, size, &bridges, &facts), &facts);
	release_table(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *table = fuzz_bytes(data, size);

	parse(table, size);
	repair_table(table, size, "DMAR");
	parse(table, size);
	free(table);
	return 0;
}
