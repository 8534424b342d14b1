/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "host/capacity.h"
#include "host/fact.h"
#include "host/facts.h"
#include "host/iommu_unit.h"

#define CLASS "/sys/class/iommu"

/* VT-d: bits of the capability register. */
#define CAP_DOMAINS(cap) ((cap)&7)
#define CAP_CACHING_MODE(cap) ((cap) >> 7 & 1)
/* VT-d: bits of the extended capability register. */
#define ECAP_INTERRUPT_REMAPPING(ecap) ((ecap) >> 3 & 1)
#define ECAP_SNOOP_CONTROL(ecap) ((ecap) >> 7 & 1)

/* The attribute as the drivers print it: hexadecimal digits, with 0x or without. */
static struct fact_number read_hex(const struct host_root *root, const char *name,
				   const char *attribute)
{
	struct fact_number fact = {FACT_UNKNOWN, 0};
	char text[64];

	if (host_root_read(root, text, sizeof(text), CLASS "/%s/%s", name, attribute) > 0 &&
	    number_parse(strncmp(text, "0x", 2) == 0 ? text + 2 : text, 16, &fact.number))
		fact.state = FACT_KNOWN;
	return fact;
}

static void read_intel(const struct host_root *root, struct iommu_unit *unit)
{
	struct fact_number cap = read_hex(root, unit->name, "intel-iommu/cap");
	struct fact_number ecap = read_hex(root, unit->name, "intel-iommu/ecap");

	unit->kind = IOMMU_UNIT_INTEL;
	if (cap.state == FACT_KNOWN) {
		unit->domain_ids = (struct fact_number){
			FACT_KNOWN, UINT64_C(1) << (4 + 2 * CAP_DOMAINS(cap.number))};
		unit->emulated = truth_of(CAP_CACHING_MODE(cap.number));
	}
	if (ecap.state == FACT_KNOWN) {
		unit->interrupt_remapping = truth_of(ECAP_INTERRUPT_REMAPPING(ecap.number));
		unit->snoop_control = truth_of(ECAP_SNOOP_CONTROL(ecap.number));
	}
	host_iommu_domain_counters(root, unit->name, &unit->domain_ids_used, &cap);
}

struct iommu_unit host_iommu_unit_read(const struct host_root *root, const char *name)
{
	struct iommu_unit unit = {0};

	snprintf(unit.name, sizeof(unit.name), "%s", name);
	if (host_root_exists(root, CLASS "/%s/intel-iommu", name) == 1)
		read_intel(root, &unit);
	else if (host_root_exists(root, CLASS "/%s/amd-iommu", name) == 1)
		unit.kind = IOMMU_UNIT_AMD;
	unit.address_width = host_iommu_width(root, name);
	return unit;
}
