/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_FACTS_EVIDENCE_H
#define DIAGNOSIS_FACTS_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "host/holders.h"
#include "model/evidence.h"
#include "model/host_facts.h"
#include "model/iommu_group.h"
#include "model/pci_device.h"

/* Everything that was read about one device and its surroundings; borrowed, not owned. */
struct device_view {
	const struct host_facts *host;
	const struct pci_device *device;
	const struct iommu_group *group;  /* NULL: it has none */
	const struct pci_device *members; /* the members of the group, the device among them */
	size_t n_members;
	const struct pci_address *moved_along; /* members that would go to the same VM */
	size_t n_moved_along;
	const struct pci_device *neighbours; /* the other functions on its bus */
	size_t n_neighbours;
	bool neighbours_known;
	const struct vfio_holder_list *holders; /* NULL: not looked for, because no node exists */
	enum module_state driver_module;	/* of the VFIO driver that the device would get */
	const char *driver_module_name;
	enum truth is_iommu_function;
};

/*
 * Answers, from facts alone, every question of evidence.def that facts can answer, and records
 * what was looked at. Appends to *ret.
 */
void evidence_from_facts(const struct device_view *view, struct evidence_set *ret);

/*
 * Whether a trial of this device must never be started, because its outcome is certain or the
 * attempt destroys something: the contract's list. Needs evidence_from_facts().
 */
bool evidence_forbids_trial(const struct device_view *view, const struct evidence_set *set);

/*
 * Whether the group must not be claimed: a kernel that claims with an ordinary domain does not
 * roll back a partial claim of a group with several devices (errno-map, Surprise 29).
 */
bool evidence_forbids_claim(const struct evidence_set *set);

#endif
