/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CHECK_TOGETHER_H
#define CHECK_TOGETHER_H

#include "check/subject.h"

/*
 * Answers whether the devices of @check, each of which is judged already, can share an IOMMU
 * domain. With a trial: those that passed alone are moved once more, all of them at once, and
 * put into as few domains as the kernel lets them share; their reports learn whether they are
 * back. Else by facts. Returns 0 or a negative errno; the caller releases *ret.
 */
int together_answer(struct check *check, struct together_report *ret);

#endif
