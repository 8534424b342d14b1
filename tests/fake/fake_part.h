/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FAKE_FAKE_PART_H
#define TESTS_FAKE_FAKE_PART_H

/* What the parts of the fake kernel share; tests include fake_kernel.h only. */

#include "fake_kernel.h"

/*
 * Every operation begins with this: counts, lets others meddle, crashes, consults the script.
 * Returns the scripted errno, 0 where the world answers itself.
 */
int fake_begins(struct fake_kernel *kernel, const char *step);

/* ... and ends with this: the crash after it. Returns the answer. */
struct kernel_answer fake_ends(struct fake_kernel *kernel, int err, long value);

/* Counts and prints an invariant that the caller broke. */
void fake_violates(struct fake_kernel *kernel, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The device at @address, gone or not; NULL where there never was one. */
struct fake_device *fake_find(struct fake_kernel *kernel, const struct pci_address *address);
struct fake_group *fake_find_group(struct fake_kernel *kernel, int number);

/* Whether @driver is registered: a loaded module has it, or it is no module's. */
bool fake_driver_exists(const struct fake_kernel *kernel, const char *driver);

/* The sysfs part and the VFIO part of fake_operations. */
struct kernel_answer fake_module_load(void *kernel, const char *module);
struct kernel_answer fake_knob_write(void *kernel, const struct pci_address *device, enum knob knob,
				     const char *value);
struct kernel_answer fake_knob_read(void *kernel, const struct pci_address *device,
				    enum knob_state state, char *buffer);

/* Releases what the descriptor holds. */
void fake_close_descriptor(struct fake_kernel *kernel, int fd);

#endif
