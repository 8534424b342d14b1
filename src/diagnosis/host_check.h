/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_HOST_CHECK_H
#define DIAGNOSIS_HOST_CHECK_H

#include "host/pci.h"
#include "model/host_facts.h"
#include "model/host_report.h"

/*
 * Looks at everything of the host that decides for all of its devices: firmware, kernel, IOMMU,
 * interrupts, modules, access paths, limits, surroundings, and who binds devices at boot. Opens
 * and writes nothing of VFIO. Returns 0 or -ENOMEM; the caller releases *ret.
 */
int host_check(const struct host_root *root, const struct host_facts *facts,
	       const struct pci_device_list *devices, struct host_report *ret);

/* Its parts: private to diagnosis/. Each appends its lines and returns 0 or -ENOMEM. */
int host_check_hardware(const struct host_root *root, const struct host_facts *facts,
			struct host_report *report);
int host_check_kernel(const struct host_root *root, const struct host_facts *facts,
		      struct host_report *report);
int host_check_boot(const struct host_root *root, const struct pci_device_list *devices,
		    struct host_report *report);

#endif
