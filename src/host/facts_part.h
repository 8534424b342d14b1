/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_FACTS_PART_H
#define HOST_FACTS_PART_H

/*
 * The parts that host_facts_read() is put together from: private to host/. Each fills its
 * fields of @facts, in this order, and returns 0 or -ENOMEM.
 */

#include "host/root.h"
#include "model/host_facts.h"

/* tables[]: /sys/firmware/acpi/tables. */
int facts_read_firmware(const struct host_root *root, struct host_facts *facts);

/* device_tree, device_tree_iommu: /sys/firmware/devicetree and the nodes of the PCI buses. */
int facts_read_device_tree(const struct host_root *root, struct host_facts *facts);

/* interrupt_remapping: the chips of /proc/interrupts, then the DMAR flags. */
int facts_read_interrupts(const struct host_root *root, struct host_facts *facts);

/* core_direct_rule, claim_paging_domain: /proc/kallsyms, the release and the IOMMUs' names. */
int facts_read_symbols(const struct host_root *root, struct host_facts *facts);

/*
 * type1_offered, cdev_offered and what of VFIO and iommufd is registered: /proc/devices, sysfs and
 * the kernel's configuration. Needs the states of the modules.
 */
int facts_read_vfio(const struct host_root *root, struct host_facts *facts);

#endif
