/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_EXPLAIN_HOST_H
#define CLIENT_EXPLAIN_HOST_H

/* What this host says of the devices that a text names; for explain_join.c. */

#include "host/root.h"
#include "model/check_report.h"
#include "report/finding.h"
#include "rules/rules.h"

/* One thing that a text names, as this host shows it. */
struct host_view {
	struct finding_subject subject; /* names it; its summary is not used */
	bool common;	     /* the whole host: only what all its devices agree on counts */
	const char *problem; /* why nothing counts; NULL: it counts. Static. */
	struct check_report *reports; /* one device each, but for the whole host */
	size_t n_reports;
	struct evidence_set absent; /* what is known of a device that is not there */
};

/*
 * Reads what @subject names: a device (with the group that the text gives it, or -1), a group,
 * or neither, which is the whole host. Passive. Returns 0 or -ENOMEM; to be released.
 */
int host_view_read(const struct host_root *root, const struct finding_subject *subject,
		   struct host_view *ret);
void host_view_release(struct host_view *view);

/*
 * Whether facts show @verdict: a passive rule or one of @proves. *ret_report is the device's
 * report whose own verdict it is, or NULL; the facts are added to @why.
 */
bool host_view_proves(const struct host_view *view, enum verdict verdict,
		      const struct rule_need *proves, size_t n_proves, struct evidence_set *why,
		      const struct device_report **ret_report);

/* Whether one of @needs holds for everything in @view; it is then added to @why. */
bool host_view_holds(const struct host_view *view, const struct rule_need *needs, size_t n_needs,
		     struct evidence_set *why);

/* The first device's report that fails, or else the first; NULL: there is none. */
const struct device_report *host_view_worst(const struct host_view *view);

#endif
