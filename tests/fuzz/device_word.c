/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/pci_address.h"
#include "fuzz.h"

static void require_pattern(const struct pci_pattern *pattern)
{
	REQUIRE(pattern->bus >= PCI_ANY && pattern->bus <= 0xff);
	REQUIRE(pattern->slot >= PCI_ANY && pattern->slot <= 0x1f);
	REQUIRE(pattern->function >= PCI_ANY && pattern->function <= 7);
}

/* Every spelling of one address is that address. */
static void require_spellings(const char *word, const struct pci_address *address)
{
	char spelling[64], formatted[PCI_ADDRESS_SIZE];
	struct pci_pattern pattern;

	REQUIRE(strcmp(pci_address_format(address, formatted), word) == 0);
	snprintf(spelling, sizeof(spelling), "pci/%s", word);
	REQUIRE(pci_pattern_parse(spelling, &pattern) == 0);
	REQUIRE(pci_pattern_matches(&pattern, address));
	snprintf(spelling, sizeof(spelling), "pci_%04x_%02x_%02x_%x", address->domain, address->bus,
		 address->slot, address->function);
	REQUIRE(pci_pattern_parse(spelling, &pattern) == 0);
	REQUIRE(pci_pattern_matches(&pattern, address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pci_pattern untouched = {1, 2, 3, 4};
	char *word = fuzz_text(data, size);
	struct pci_pattern pattern = untouched;
	struct pci_address address;
	int r = pci_pattern_parse(word, &pattern);

	REQUIRE(r == 0 || (r == -EINVAL && memcmp(&pattern, &untouched, sizeof(pattern)) == 0));
	require_pattern(&pattern);
	if (pci_address_parse_exact(word, &address) == 0) {
		REQUIRE(r == 0 && pci_pattern_matches(&pattern, &address));
		require_spellings(word, &address);
	}
	free(word);
	return 0;
}
