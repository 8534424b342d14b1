/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "diagnosis/host_check.h"

int host_check(const struct host_root *root, const struct host_facts *facts,
	       const struct pci_device_list *devices, struct host_report *ret)
{
	struct host_report report = {0};
	int r = host_check_hardware(root, facts, &report);

	if (r == 0)
		r = host_check_kernel(root, facts, &report);
	if (r == 0)
		r = host_check_boot(root, devices, &report);
	if (r < 0)
		host_report_release(&report);
	*ret = report;
	return r;
}
