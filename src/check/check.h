/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/pci_address.h"
#include "host/root.h"
#include "model/check_report.h"
#include "model/guest_domain.h"

enum check_level {
	CHECK_DEFAULT, /* passive, and up to container.set_iommu where the group is VFIO's already */
	CHECK_PASSIVE, /* opens and writes nothing of VFIO */
	CHECK_TRIAL,   /* unbinds, binds, attaches, opens, maps, puts back */
};

enum path_choice {
	PATH_CHOICE_AUTO,
	PATH_CHOICE_TYPE1,
	PATH_CHOICE_IOMMUFD,
};

struct check_options {
	enum check_level level;
	enum path_choice path;
	uint32_t force;	  /* IN_USE_BIT()s that the caller accepts to lose */
	unsigned timeout; /* seconds per trial */
	bool dry_run;	  /* plan, and print it to @plan; nothing is opened or written */
	FILE *plan;
	const struct guest_domain
		*guest;		 /* whose devices the set is; NULL: nobody's in particular */
	bool together;		 /* ask whether the devices can share an IOMMU domain */
	bool trace;		 /* record where the kernel's errnos come from */
	const char *driver;	 /* --driver=: instead of the one that modules.alias selects */
	const char *undo_folder; /* where records of trials lie; never NULL */
	/* Which step of which device a trial is at; NULL: nobody wants to know. */
	void (*progress)(void *data, const struct pci_address *device, enum step step);
	void *progress_data;
};

/*
 * Answers for the devices at @set, taken together as one virtual machine would get them, in the
 * order given; the report's `domain` answers for the guest of the options, and with `together`
 * its `together` says whether they can share an IOMMU domain. Returns 0 and a report that the
 * caller releases, or a negative errno where none could be made (-ENOMEM, -ENOENT: no PCI bus
 * below the root).
 */
int check_run(const struct host_root *root, const struct check_options *options,
	      const struct pci_address *set, size_t n_set, struct check_report *ret);

/*
 * Asks the trials of this process to stop: what they wrote is put back, and check_run() returns.
 * Safe in a signal handler.
 */
void check_interrupt(void);

#endif
