/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "diagnosis/evidence_words.h"
#include "diagnosis/kind_evidence.h"

/* Above the 16 bits of ACPI segments; VMD numbers its domains from here (vmd_find_free_domain). */
#define VMD_FIRST_DOMAIN 0x10000

static void say(const struct device_view *view, struct evidence_set *set, const char *attribute,
		const char *kind)
{
	evidence_set_add(set, EVIDENCE_NONE, TRUTH_UNKNOWN, SOURCE_SYSFS,
			 device_attribute(view, attribute), kind);
}

static void add_sriov_kind(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;
	char kind[96];

	if (device->physfn.state == FACT_KNOWN) {
		snprintf(kind, sizeof(kind), "a virtual function of %.16s (%.40s)",
			 device->physfn.text,
			 device->physfn_driver.state == FACT_KNOWN ? device->physfn_driver.text
								   : "no driver");
		say(view, set, "physfn", kind);
	} else if (device->sriov_totalvfs.state == FACT_KNOWN &&
		   device->sriov_totalvfs.number > 0) {
		snprintf(kind, sizeof(kind),
			 "a physical function; up to %llu virtual ones could be assigned instead",
			 (unsigned long long)device->sriov_totalvfs.number);
		say(view, set, "sriov_totalvfs", kind);
	}
}

static void add_vmd(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;

	set->truth[EVIDENCE_VMD_CHILD] = TRUTH_NO;
	if (device->driver.state == FACT_KNOWN && strcmp(device->driver.text, "vmd") == 0)
		say(view, set, "driver", "an Intel VMD controller; its disks go with it");
	if (device->address.domain < VMD_FIRST_DOMAIN)
		return;
	set->truth[EVIDENCE_VMD_CHILD] = TRUTH_UNKNOWN;
	if (device->domain_owner.state == FACT_KNOWN)
		evidence_set_add(set, EVIDENCE_VMD_CHILD, TRUTH_YES, SOURCE_SYSFS,
				 "the function that opens the PCI domain",
				 device->domain_owner.text);
}

void kind_evidence_add(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;
	char kind[96];

	add_sriov_kind(view, set);
	add_vmd(view, set);
	if (device->mdev_types.state == FACT_KNOWN) {
		snprintf(kind, sizeof(kind), "a parent of mediated devices, %llu types",
			 (unsigned long long)device->mdev_types.number);
		say(view, set, "mdev_supported_types", kind);
	}
	if (device->removable.state == FACT_KNOWN &&
	    strcmp(device->removable.text, "removable") == 0)
		say(view, set, "removable", "an external device (Thunderbolt, USB4)");
}
