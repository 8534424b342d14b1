/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cleanup.h"
#include "diagnosis/acs_quirk.h"

enum quirk_kind {
	QUIRK_ALWAYS,	      /* isolated */
	QUIRK_NEVER,	      /* not isolated */
	QUIRK_ROOT_PORT,      /* a root port is isolated */
	QUIRK_ROOT_PORT_EVEN, /* so is one with an even device id */
	QUIRK_PORT,	      /* a root or downstream port is isolated */
	QUIRK_PORT_WITHOUT,   /* such a port is not */
	QUIRK_INTEGRATED,     /* an endpoint of the root complex is isolated */
	QUIRK_SOUTHBRIDGE,    /* one of several functions on a root bus, beside an AMD IOMMU */
	QUIRK_WIDE_REGISTERS, /* a root port whose control register is at offset 8 */
};

static const struct {
	uint16_t vendor;
	uint16_t first;
	uint16_t last;
	enum quirk_kind kind;
} quirks[] = {
#define ACS_QUIRK(vendor, first, last, kind) {vendor, first, last, QUIRK_##kind},
#include "diagnosis/acs_quirk.def"
#undef ACS_QUIRK
};

static bool is_of_type(const struct pci_node *node, enum pcie_type type)
{
	return node->capabilities.express == TRUTH_YES && node->capabilities.type == type;
}

static enum acs_quirk_answer read_wide_registers(const struct pci_node *node)
{
	const struct pci_capabilities *capabilities = &node->capabilities;
	uint32_t wanted;

	if (!is_of_type(node, PCIE_ROOT_PORT) || capabilities->acs.state != FACT_KNOWN)
		return ACS_QUIRK_NONE;
	wanted = ACS_REQUIRED & (uint32_t)capabilities->acs.number;
	return (capabilities->acs_control_dword & wanted) == wanted ? ACS_QUIRK_ISOLATED
								    : ACS_QUIRK_NOT_ISOLATED;
}

static enum acs_quirk_answer ask(enum quirk_kind kind, const struct pci_node *node, bool amd_iommu)
{
	bool root_port = is_of_type(node, PCIE_ROOT_PORT);
	bool port = root_port || is_of_type(node, PCIE_DOWNSTREAM_PORT);

	switch (kind) {
	case QUIRK_ALWAYS:
		return ACS_QUIRK_ISOLATED;
	case QUIRK_NEVER:
		return ACS_QUIRK_NOT_ISOLATED;
	case QUIRK_ROOT_PORT:
		return root_port ? ACS_QUIRK_ISOLATED : ACS_QUIRK_NONE;
	case QUIRK_ROOT_PORT_EVEN:
		return root_port && node->device.number % 2 == 0 ? ACS_QUIRK_ISOLATED
								 : ACS_QUIRK_NONE;
	case QUIRK_PORT:
		return port ? ACS_QUIRK_ISOLATED : ACS_QUIRK_NONE;
	case QUIRK_PORT_WITHOUT:
		return port ? ACS_QUIRK_NOT_ISOLATED : ACS_QUIRK_NONE;
	case QUIRK_INTEGRATED:
		return is_of_type(node, PCIE_INTEGRATED_ENDPOINT) ? ACS_QUIRK_ISOLATED
								  : ACS_QUIRK_NONE;
	case QUIRK_SOUTHBRIDGE:
		return amd_iommu && node->parent < 0 &&
				       (node->capabilities.multifunction == TRUTH_YES ||
					node->address.function > 0)
			       ? ACS_QUIRK_ISOLATED
			       : ACS_QUIRK_NONE;
	case QUIRK_WIDE_REGISTERS:
		return read_wide_registers(node);
	}
	return ACS_QUIRK_NONE;
}

enum acs_quirk_answer acs_quirk(const struct pci_node *node, bool amd_iommu)
{
	for (size_t i = 0; i < ARRAY_LENGTH(quirks); i++) {
		enum acs_quirk_answer answer;

		if (node->vendor.number != quirks[i].vendor ||
		    node->device.number < quirks[i].first || node->device.number > quirks[i].last)
			continue;
		answer = ask(quirks[i].kind, node, amd_iommu);
		if (answer != ACS_QUIRK_NONE)
			return answer;
	}
	return ACS_QUIRK_NONE;
}

/* quirk_dma_func0_alias() and quirk_dma_func1_alias(): device @id uses function @function's. */
static const struct {
	uint16_t vendor;
	uint16_t device;
	uint8_t function;
} aliases[] = {
	{0x1180, 0xe832, 0}, {0x1180, 0xe476, 0}, {0x6766, 0x3d40, 0}, {0x6766, 0x3d41, 0},
	{0x1b4b, 0x9120, 1}, {0x1b4b, 0x9123, 1}, {0x1b4b, 0x9125, 1}, {0x1b4b, 0x9128, 1},
	{0x1b4b, 0x9130, 1}, {0x1b4b, 0x9170, 1}, {0x1b4b, 0x9172, 1}, {0x1b4b, 0x917a, 1},
	{0x1b4b, 0x9182, 1}, {0x1b4b, 0x9183, 1}, {0x1b4b, 0x91a0, 1}, {0x1b4b, 0x9215, 1},
	{0x1b4b, 0x9220, 1}, {0x1b4b, 0x9230, 1}, {0x1b4b, 0x9235, 1}, {0x1103, 0x0642, 1},
	{0x1103, 0x0645, 1}, {0x197b, 0x2392, 1}, {0x1c28, 0x0122, 1},
};

bool dma_alias_quirk(const struct pci_node *node, uint8_t *ret_mask)
{
	*ret_mask = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(aliases); i++)
		if (node->vendor.number == aliases[i].vendor &&
		    node->device.number == aliases[i].device &&
		    node->address.function != aliases[i].function)
			*ret_mask |= (uint8_t)(1 << aliases[i].function);
	return *ret_mask != 0;
}
