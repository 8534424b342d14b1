/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <stdio.h>

#include "iommu-diag/progress.h"

/* ECMA-48: back to the first column, erase to the end of the line. */
#define START_OVER "\r\033[K"

static bool shown;

void progress_show(void *data, const struct pci_address *device, enum step step)
{
	char address[PCI_ADDRESS_SIZE];

	(void)data;
	fprintf(stderr, START_OVER "%s  %s ...", pci_address_format(device, address),
		step == STEP_NONE ? "looking" : step_name(step));
	fflush(stderr);
	shown = true;
}

void progress_erase(void)
{
	if (!shown)
		return;
	fputs(START_OVER, stderr);
	fflush(stderr);
	shown = false;
}
