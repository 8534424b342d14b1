/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CHECK_LEFTOVER_H
#define CHECK_LEFTOVER_H

#include "check/subject.h"

/*
 * Notes of @report that somebody left the device on a VFIO driver and no process holds it: its
 * host driver, and the commands that give it back. Where a process may hold it, nothing. Returns
 * 0 or -ENOMEM.
 */
int leftover_note(const struct check *check, const struct subject *subject,
		  struct device_report *report);

/*
 * Takes back what facts alone seem to allow where the device has an undo record: a trial is still
 * at work, hangs, or was cut short, and the facts are those of the trial. Returns 0 or -ENOMEM.
 */
int leftover_judge_recovering(struct check *check);

#endif
