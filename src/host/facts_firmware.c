/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/acpi_table.h"
#include "host/facts_part.h"
#include "host/pci_attribute.h"
#include "host/root_file.h"

#define FIRMWARE "/sys/firmware"
#define TABLES FIRMWARE "/acpi/tables"
#define TABLE_LIMIT (4 << 20)

/* The header of a bridge in configuration space (PCI-to-PCI Bridge Architecture, 3.2). */
#define CONFIG_HEADER_TYPE 0x0e
#define HEADER_TYPE_MASK 0x7f
#define HEADER_TYPE_BRIDGE 1
#define CONFIG_SECONDARY_BUS 0x19

static int read_secondary_bus(void *data, const struct pci_address *address)
{
	const struct host_root *root = data;
	uint8_t config[CONFIG_SECONDARY_BUS + 1];
	char path[96], name[PCI_ADDRESS_SIZE];
	AUTO_CLOSE int fd = -1;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/config", pci_address_format(address, name));
	fd = host_root_open_file(root, path, 0);
	if (fd < 0)
		return fd;
	if (read(fd, config, sizeof(config)) != (ssize_t)sizeof(config))
		return -EIO;
	/* Bus 0 is no bridge's secondary bus: nobody has numbered this one. */
	if ((config[CONFIG_HEADER_TYPE] & HEADER_TYPE_MASK) != HEADER_TYPE_BRIDGE ||
	    config[CONFIG_SECONDARY_BUS] == 0)
		return -ENOENT;
	return config[CONFIG_SECONDARY_BUS];
}

static int parse_table(const struct host_root *root, enum firmware_table table, const uint8_t *data,
		       size_t size, struct firmware_table_facts *facts)
{
	const struct acpi_bridges bridges = {read_secondary_bus, (void *)root};

	switch (table) {
	case TABLE_DMAR:
		return acpi_parse_dmar(data, size, &bridges, facts);
	case TABLE_IVRS:
		return acpi_parse_ivrs(data, size, facts);
	case TABLE_IORT:
		return acpi_parse_iort(data, size, facts);
	case TABLE_VIOT:
		return acpi_parse_viot(data, size, facts);
	default:
		return -EINVAL;
	}
}

/* The tables are mode 0400: that one is there is known to everybody, what it says is not. */
static int read_table(const struct host_root *root, enum firmware_table table,
		      struct firmware_table_facts *facts)
{
	AUTO_FREE char *data = NULL;
	char path[64];
	size_t size;
	int r;

	facts->present = FACT_KNOWN;
	snprintf(path, sizeof(path), TABLES "/%s", firmware_table_name(table));
	r = host_root_read_all(root, path, TABLE_LIMIT, &data, &size);
	if (r == 0)
		r = parse_table(root, table, (const uint8_t *)data, size, facts);
	return r == -ENOMEM ? r : 0;
}

/*
 * Where there is no folder of tables, there are none if the rest of /sys/firmware shows that it
 * is not hidden: containers put an empty one in its place. A captured tree may have left it out.
 */
static enum fact_state state_without_folder(const struct host_root *root)
{
	AUTO_CLOSEDIR DIR *dir = NULL;

	if (!root->live || host_root_list(root, &dir, FIRMWARE) < 0)
		return FACT_UNKNOWN;
	return host_dir_next(dir) ? FACT_ABSENT : FACT_UNKNOWN;
}

int facts_read_firmware(const struct host_root *root, struct host_facts *facts)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	bool there[TABLE_COUNT] = {false};
	const char *name;
	int r = host_root_list(root, &dir, TABLES);

	if (r < 0) {
		enum fact_state state = r == -ENOENT ? state_without_folder(root) : FACT_UNKNOWN;

		for (int i = 0; i < TABLE_COUNT; i++)
			facts->tables[i].present = facts->tables[i].parsed = state;
		return 0;
	}
	while ((name = host_dir_next(dir)))
		for (int i = 0; i < TABLE_COUNT; i++)
			if (strcmp(name, firmware_table_name((enum firmware_table)i)) == 0)
				there[i] = true;
	for (int i = 0; i < TABLE_COUNT; i++) {
		if (there[i])
			r = read_table(root, (enum firmware_table)i, &facts->tables[i]);
		else
			facts->tables[i].present = facts->tables[i].parsed = FACT_ABSENT;
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}
