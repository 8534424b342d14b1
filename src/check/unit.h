/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CHECK_UNIT_H
#define CHECK_UNIT_H

#include "check/subject.h"

/*
 * Takes every subject that is not judged yet through a worker, one trial per group, and judges
 * it. @full: a trial; else only the steps up to container.set_iommu, which move and reset
 * nothing. Returns 0 or a negative errno.
 */
int unit_run_all(struct check *check, bool full);

/* Whether check_interrupt() was called. */
bool check_is_interrupted(void);

#endif
