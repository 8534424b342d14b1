/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_CRASH_WORLDS_H
#define TESTS_CRASH_WORLDS_H

#include "tests/fake/fake_kernel.h"

/* Where a trial begins, and what the kernel answers in it. */
struct crash_world {
	const char *name;
	void (*build)(struct fake_kernel *kernel);
	const char *module; /* that the plan loads; NULL: none */
	const char *script; /* for fake_kernel_script() */
	bool takes_type1, takes_iommufd;
	bool joint; /* the devices of several groups at once */
};

extern const struct crash_world crash_worlds[];
extern const size_t n_crash_worlds;

/* Two devices of a group, with interfaces, an override and power of their own. */
void crash_world_build_pair(struct fake_kernel *kernel);

#endif
