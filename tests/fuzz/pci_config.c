/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "host/pci_capability.h"

/* An input of more than 256 bytes is the beginning of a whole space, of which the rest is zero. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t space = size > 256 ? PCI_CONFIG_SIZE : size;
	uint8_t *config = calloc(1, space ? space : 1);
	struct pci_capabilities found;

	REQUIRE(config);
	if (size > 0)
		memcpy(config, data, size < space ? size : space);
	found = pci_capabilities_parse(config, space);
	/* ACS is a capability of PCI Express, and of the space that was seen. */
	REQUIRE(found.acs.state != FACT_KNOWN || (found.express == TRUTH_YES && space > 256));
	REQUIRE(found.acs.state != FACT_ABSENT || found.express != TRUTH_UNKNOWN);
	REQUIRE(found.acs.number <= UINT16_MAX && found.type <= 0xf);
	/* What an ordinary user sees never says more than the whole. */
	if (space >= 256 && found.express != TRUTH_UNKNOWN) {
		struct pci_capabilities part = pci_capabilities_parse(config, 64);

		REQUIRE(part.express == TRUTH_UNKNOWN || part.express == found.express);
	}
	free(config);
	return 0;
}
