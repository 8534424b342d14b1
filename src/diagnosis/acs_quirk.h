/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_ACS_QUIRK_H
#define DIAGNOSIS_ACS_QUIRK_H

#include "model/pci_topology.h"

/*
 * What the kernel knows of single devices, beside what their registers say: drivers/pci/quirks.c,
 * pci_dev_acs_enabled[] as of 7.3. An older kernel may know fewer of them.
 */
enum acs_quirk_answer {
	ACS_QUIRK_NONE,		/* the registers decide */
	ACS_QUIRK_ISOLATED,	/* as if all of ACS were on */
	ACS_QUIRK_NOT_ISOLATED, /* whatever the registers say */
};

/* @amd_iommu: the firmware has an IVRS table, which one of the quirks asks for. */
enum acs_quirk_answer acs_quirk(const struct pci_node *node, bool amd_iommu);

/*
 * The functions of @node's bus whose requester ID it uses beside its own, by quirk: bit N of
 * *ret_mask stands for function N of its own slot. Returns whether there are any.
 */
bool dma_alias_quirk(const struct pci_node *node, uint8_t *ret_mask);

#endif
