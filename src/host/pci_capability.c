/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci_capability.h"

#define STATUS 0x06
#define STATUS_CAPABILITIES 0x10
#define HEADER_TYPE 0x0e
#define HEADER_MULTIFUNCTION 0x80
#define FIRST_CAPABILITY 0x34
#define CAPABILITY_EXPRESS 0x10
#define HEADER_SIZE 0x40
#define SPACE_SIZE 0x100
#define EXTENDED_ACS 0x000d

/* The most capabilities that fit: a longer list runs in a circle. */
#define CAPABILITIES_MAX ((SPACE_SIZE - HEADER_SIZE) / 4)
#define EXTENDED_MAX ((PCI_CONFIG_SIZE - SPACE_SIZE) / 8)

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t get32(const uint8_t *bytes)
{
	return get16(bytes) | (uint32_t)get16(bytes + 2) << 16;
}

static bool responds(const uint8_t *config, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (config[i] != 0xff)
			return true;
	return false;
}

static void find_express(const uint8_t *config, size_t size, struct pci_capabilities *found)
{
	size_t at = config[FIRST_CAPABILITY] & 0xfcU;

	found->express = TRUTH_NO;
	if (!(config[STATUS] & STATUS_CAPABILITIES))
		return;
	for (int i = 0; at >= HEADER_SIZE && i < CAPABILITIES_MAX; i++) {
		if (at + 4 > size) {
			found->express = TRUTH_UNKNOWN;
			return;
		}
		if (config[at] == CAPABILITY_EXPRESS) {
			found->express = TRUTH_YES;
			found->type = config[at + 2] >> 4;
			return;
		}
		at = config[at + 1] & 0xfcU;
	}
}

static void take_acs(const uint8_t *config, size_t size, size_t at, struct pci_capabilities *found)
{
	if (at + 8 > size)
		return;
	found->acs = (struct fact_number){FACT_KNOWN, get16(config + at + 4)};
	found->acs_control = get16(config + at + 6);
	if (at + 12 <= size)
		found->acs_control_dword = get32(config + at + 8);
}

static void find_acs(const uint8_t *config, size_t size, struct pci_capabilities *found)
{
	size_t at = SPACE_SIZE;

	if (size < SPACE_SIZE)
		return;
	/* A space of 256 bytes is one that the kernel cannot see further into either. */
	for (int i = 0; at >= SPACE_SIZE && at + 4 <= size && i < EXTENDED_MAX; i++) {
		uint32_t header = get32(config + at);

		if (header == 0 || header == UINT32_MAX)
			break;
		if ((header & 0xffff) == EXTENDED_ACS) {
			take_acs(config, size, at, found);
			return;
		}
		at = header >> 20 & 0xffc;
	}
	found->acs.state = FACT_ABSENT;
}

struct pci_capabilities pci_capabilities_parse(const uint8_t *config, size_t size)
{
	struct pci_capabilities found = {0};

	if (size < HEADER_SIZE || !responds(config, HEADER_SIZE))
		return found;
	found.multifunction = truth_of(config[HEADER_TYPE] & HEADER_MULTIFUNCTION);
	find_express(config, size, &found);
	if (found.express == TRUTH_NO)
		found.acs.state = FACT_ABSENT;
	else if (found.express == TRUTH_YES)
		find_acs(config, size, &found);
	return found;
}
