/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "diagnosis/verdict.h"

/* The nodes of a path that a kernel was built without; nothing is known of the device by that. */
static bool is_offered(const struct attempt *attempt)
{
	const struct attempt_step *failure = attempt_first_failure(attempt);

	if (!failure || !failure->finished || (failure->err != ENOENT && failure->err != ENODEV))
		return true;
	return failure->step != STEP_CONTAINER_OPEN && failure->step != STEP_GROUP_OPEN &&
	       failure->step != STEP_IOMMUFD_OPEN && failure->step != STEP_CDEV_OPEN;
}

static size_t deciding(const struct device_report *report)
{
	bool second = report->n_attempts > 1 && !is_offered(&report->attempts[0]) &&
		      is_offered(&report->attempts[1]);

	return second ? 1 : 0;
}

/* Judges the walk at @index by what was known before it and what it saw itself. */
static int judge_beside(const struct device_view *view, const struct device_report *before,
			struct attempt *attempt, bool full)
{
	struct device_report beside = {
		.address = before->address,
		.group = before->group,
		.driver = before->driver,
		.attempts = attempt,
		.n_attempts = 1,
	};
	int result;

	evidence_set_merge(&beside.evidence, &before->evidence);
	result = diagnose_attempt(view, &beside, 0, full);
	/* Borrowed; the rest is its own. */
	beside.driver = (struct fact_text){0};
	beside.attempts = NULL;
	beside.n_attempts = 0;
	device_report_release(&beside);
	return result;
}

static int add_path_warning(struct device_report *report, const struct attempt *other)
{
	const struct attempt_step *failure = attempt_first_failure(other);
	bool type1_decides = other->path == PATH_IOMMUFD;
	bool interrupts = other->verdict == VERDICT_UNSAFE_INTERRUPTS;
	bool answered = failure ? failure->finished : other->verdict != VERDICT_NOT_MEASURED;
	AUTO_FREE char *why = NULL;

	if (asprintf(&why,
		     "Through %s %s%s%s. QEMU and libvirt take %s on this host unless "
		     "they are told otherwise (QEMU: iommufd=, libvirt: iommufd='yes').%s",
		     access_path_name(other->path),
		     answered ? "the device fails" : "nothing was measured", failure ? " at " : "",
		     failure ? step_name(failure->step) : "", type1_decides ? "type1" : "iommufd",
		     interrupts ? " The two paths have two parameters of the name "
				  "allow_unsafe_interrupts, one of vfio_iommu_type1 and one of "
				  "iommufd, whose refusal leaves no line in the kernel log."
				: "") < 0) {
		why = NULL;
		return -ENOMEM;
	}
	if (report->outcome == OUTCOME_PASS)
		report->outcome = OUTCOME_WARN;
	return device_report_add_warning(report, other->verdict, why);
}

static int note_missing(struct device_report *report, const struct attempt *other)
{
	evidence_set_add(&report->evidence, EVIDENCE_NONE, TRUTH_NO, SOURCE_SYSFS,
			 other->path == PATH_IOMMUFD ? "the nodes of iommufd"
						     : "the nodes of VFIO's groups",
			 "absent");
	return 0;
}

int diagnose_attempts(const struct device_view *view, struct device_report *report, bool full)
{
	size_t index = deciding(report);
	struct attempt *other = report->n_attempts > 1 ? &report->attempts[1 - index] : NULL;
	int result = 0;

	/* First, while the report's evidence is only what was known before. */
	if (other && is_offered(other))
		result = judge_beside(view, report, other, full);
	if (result == 0)
		result = diagnose_attempt(view, report, index, full);
	if (result < 0 || !other)
		return result;
	if (!is_offered(other))
		return note_missing(report, other);
	if ((report->outcome == OUTCOME_PASS || report->outcome == OUTCOME_WARN) &&
	    other->verdict != VERDICT_ASSIGNABLE)
		return add_path_warning(report, other);
	return 0;
}
