/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_PLAN_H
#define TRIAL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "model/pci_device.h"

/* One device of a trial, as it was found. Owns its strings. */
struct trial_device {
	struct pci_address address;
	uint16_t vendor, device;
	int group;	       /* -1: none yet */
	char *driver;	       /* NULL: unbound */
	char *driver_override; /* NULL: none */
	char *power_control;   /* NULL: unknown */
	char *module;	       /* to be loaded first; NULL: nothing to load */
	char *trial_driver;    /* what it is bound to; NULL: known only once @module is loaded */
	bool moves;	       /* it is not on a VFIO driver yet */
};

/*
 * What one trial does, decided before anything is touched: the devices of one group that one
 * virtual machine would get, or a single device that has no group (yet). A joint one: the devices
 * of several groups, at once, to see whether they can share an IOMMU domain; each of them has
 * passed a trial of its own.
 */
struct trial_plan {
	bool joint;
	int group;			 /* -1: none yet, or a joint trial */
	bool takes_type1, takes_iommufd; /* the access paths to walk, type1 first */
	bool noiommu;
	struct trial_device *devices;
	size_t n_devices;
	const char *backend_module;	/* vfio_iommu_type1 where it has to be loaded, or NULL */
	const char *iommufd_module;	/* iommufd where it has to be loaded, or NULL */
	bool claims_with_paging_domain; /* or may do so: see trial_listener.may_claim */
	/* False: stops after container.set_iommu, nothing is reset; never with takes_iommufd,
	 * whose claim opens the device. */
	bool opens_devices;
};

/*
 * Copies into @trial what the trial has to know of @device; @module and @trial_driver as in
 * struct trial_device, or NULL. Returns 0, -ENOMEM, or -ENODATA where driver, driver_override
 * or ids are unknown: what is not known cannot be put back.
 */
int trial_device_init(struct trial_device *trial, const struct pci_device *device,
		      const char *module, const char *trial_driver);

/*
 * Whether the device at @index is the first one of its group: in a joint trial the group's domain
 * is asked for with that one, and the others only move along.
 */
bool trial_plan_leads(const struct trial_plan *plan, size_t index);

/* Prints one line per step that trial_run() would take, with its class and what it means. */
void trial_plan_print(const struct trial_plan *plan, FILE *out);

/* Frees what the plan owns and zeroes it. */
void trial_plan_release(struct trial_plan *plan);

#endif
