/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CHECK_DOMAIN_H
#define CHECK_DOMAIN_H

#include "check/subject.h"
#include "model/domain_report.h"
#include "model/together_report.h"

/*
 * Judges the guest of @check's options by what was read of this host and of its devices, which
 * are the subjects of @check and judged already, alone and, where it was asked, @together. A device that a finding names gets it as a
 * warning. Returns 0 or -ENOMEM; the caller releases *ret.
 */
int domain_answer(struct check *check, const struct together_report *together,
		  struct domain_report *ret);

#endif
