/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_CRASH_CASES_H
#define TESTS_CRASH_CASES_H

#include <stdbool.h>
#include <stddef.h>

/* An answer of the kernel at a step of a trial. */
struct crash_case {
	char step[40];
	char err[20];
	bool loads_module; /* the step is module.load */
	bool on_iommufd;   /* a step of that path */
};

struct crash_case_list {
	struct crash_case *cases;
	size_t n_cases;
};

/*
 * Reads every pair of step and errno that the stanzas of tests/cases/ have, each once; what a
 * trial does not do (passive cases, sysfs.restore) is left out. Returns 0 or a negative errno.
 */
int crash_cases_read(struct crash_case_list *ret);
void crash_cases_release(struct crash_case_list *list);

#endif
