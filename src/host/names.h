/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_NAMES_H
#define HOST_NAMES_H

#include "model/pci_device.h"

/* udev's hardware database; opened once, NULL where there is none. */
struct device_names;

/* Returns NULL where there is no database; every call below takes that. */
struct device_names *device_names_open(void);
void device_names_close(struct device_names *names);

/*
 * The names of a device's class, vendor and model; NULL where the database has none. The
 * strings are owned by @names and live until the next call.
 */
struct device_name {
	const char *class_name;
	const char *vendor;
	const char *model;
};
struct device_name device_names_find(struct device_names *names, const struct pci_device *device);

#endif
