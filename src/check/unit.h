/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CHECK_UNIT_H
#define CHECK_UNIT_H

#include "check/subject.h"
#include "worker/trial_run.h"

/*
 * Takes every subject that is not judged yet through a worker, one trial per group, and judges
 * it. @full: a trial; else only the steps up to container.set_iommu, which move and reset
 * nothing. Returns 0 or a negative errno.
 */
int unit_run_all(struct check *check, bool full);

/* Which paths a trial takes on this host, and the modules that have to be loaded for them. */
void unit_choose_paths(const struct check *check, bool full, struct trial_plan *plan);

/* Adds @subject to @plan, which has room for it. Returns 0, -ENOMEM, or -ENODATA as
 * trial_device_init(). */
int unit_add_device(const struct subject *subject, struct trial_plan *plan);

/* Runs @plan in a worker by the options of the check. As worker_run_trial(). */
int unit_run_plan(const struct check *check, const struct trial_plan *plan,
		  struct worker_outcome *ret);

/* Says in @report whether the device is back, and how it comes back. Takes the detail of
 * @result. Returns 0 or -ENOMEM. */
int unit_note_restoration(struct device_report *report, struct worker_result *result);

/* Whether check_interrupt() was called. */
bool check_is_interrupted(void);

#endif
