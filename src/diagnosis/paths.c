/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "diagnosis/verdict.h"

/* What was found out about the path that does not decide. */
struct beside {
	enum access_path path;
	enum verdict verdict;
	enum outcome outcome;
	const struct attempt_step *failure; /* NULL: none, or nothing was tried */
};

static enum access_path other_path(enum access_path path)
{
	return path == PATH_TYPE1 ? PATH_IOMMUFD : PATH_TYPE1;
}

/* Whether this kernel lacks @path, as far as facts tell; what is only hidden is not lacking. */
static bool is_absent(const struct evidence_set *evidence, enum access_path path)
{
	const enum truth *truth = evidence->truth;

	if (path == PATH_TYPE1)
		return truth[EVIDENCE_TYPE1_OFFERED] == TRUTH_NO;
	return truth[EVIDENCE_IOMMUFD_AVAILABLE] == TRUTH_NO ||
	       truth[EVIDENCE_CDEV_PRESENT] == TRUTH_NO;
}

void diagnose_default_path(struct device_report *report)
{
	struct evidence_set *set = &report->evidence;
	bool type1 = !is_absent(set, PATH_TYPE1), iommufd = !is_absent(set, PATH_IOMMUFD);

	report->default_path = iommufd && !type1 ? PATH_IOMMUFD : PATH_TYPE1;
	if (iommufd && set->truth[EVIDENCE_IOMMUFD_AVAILABLE] == TRUTH_YES)
		evidence_set_addf(set, EVIDENCE_NONE, TRUTH_UNKNOWN, SOURCE_SYSFS, "access paths",
				  "%s; QEMU and libvirt take %s unless they are told otherwise",
				  type1 ? "type1 and iommufd" : "iommufd",
				  access_path_name(report->default_path));
}

/* Judges @path by what was known and, where @attempt is not NULL, what its walk saw. */
static int judge_beside(const struct device_view *view, const struct device_report *before,
			enum access_path path, struct attempt *attempt, bool full,
			struct beside *ret)
{
	struct device_report beside = {
		.address = before->address,
		.group = before->group,
		.driver = before->driver,
		.attempts = attempt,
		.n_attempts = attempt ? 1 : 0,
	};
	int result;

	evidence_set_merge(&beside.evidence, &before->evidence);
	result = attempt ? diagnose_attempt(view, &beside, 0, full)
			 : diagnose_passive(view, &beside, path);
	*ret = (struct beside){
		.path = path,
		.verdict = beside.verdict,
		.outcome = beside.outcome,
		.failure = attempt ? attempt_first_failure(attempt) : NULL,
	};
	/* Borrowed; the rest is its own. */
	beside.driver = (struct fact_text){0};
	beside.attempts = NULL;
	beside.n_attempts = 0;
	device_report_release(&beside);
	return result;
}

static int add_path_warning(struct device_report *report, const struct beside *other)
{
	bool interrupts = other->verdict == VERDICT_UNSAFE_INTERRUPTS;
	AUTO_FREE char *why = NULL;

	if (asprintf(&why,
		     "Through %s %s%s%s. QEMU and libvirt take %s on this host unless "
		     "they are told otherwise (QEMU: iommufd=, libvirt: iommufd='yes').%s",
		     access_path_name(other->path),
		     other->outcome == OUTCOME_FAIL ? "the device fails" : "nothing was measured",
		     other->failure ? " at " : "",
		     other->failure ? step_name(other->failure->step) : "",
		     access_path_name(other_path(other->path)),
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

static bool is_assignable(const struct device_report *report)
{
	return report->outcome == OUTCOME_PASS || report->outcome == OUTCOME_WARN;
}

/* Facts that are not known are no failure: only what is known to fail is a warning. */
int diagnose_path_beside(const struct device_view *view, struct device_report *report,
			 enum access_path path)
{
	struct beside other;
	int result;

	if (!is_assignable(report) || is_absent(&report->evidence, path))
		return 0;
	result = judge_beside(view, report, path, NULL, false, &other);
	if (result == 0 && other.outcome == OUTCOME_FAIL)
		result = add_path_warning(report, &other);
	return result;
}

int diagnose_passive_paths(const struct device_view *view, struct device_report *report)
{
	int result = diagnose_passive(view, report, report->default_path);

	return result < 0 ? result
			  : diagnose_path_beside(view, report, other_path(report->default_path));
}

/*
 * The nodes of a path that a kernel was built without; nothing is known of the device by that.
 * A node that the kernel has, and that is not shown here, is something else.
 */
static bool is_offered(const struct device_report *report, const struct attempt *attempt)
{
	const struct attempt_step *failure = attempt_first_failure(attempt);

	if (!failure || !failure->finished || (failure->err != ENOENT && failure->err != ENODEV))
		return true;
	switch (failure->step) {
	case STEP_CONTAINER_OPEN:
	case STEP_GROUP_OPEN:
		return false;
	case STEP_IOMMUFD_OPEN:
		return report->evidence.truth[EVIDENCE_IOMMUFD_HIDDEN] == TRUTH_YES;
	case STEP_CDEV_OPEN:
		return attempt->evidence.truth[EVIDENCE_CDEV_PRESENT] == TRUTH_YES;
	default:
		return true;
	}
}

static size_t deciding(const struct device_report *report)
{
	bool second = report->n_attempts > 1 && !is_offered(report, &report->attempts[0]) &&
		      is_offered(report, &report->attempts[1]);

	return second ? 1 : 0;
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
	bool offered = other && is_offered(report, other);
	struct beside beside;
	int result = 0;

	/* First, while the report's evidence is only what was known before. */
	if (offered)
		result = judge_beside(view, report, other->path, other, full, &beside);
	if (result == 0)
		result = diagnose_attempt(view, report, index, full);
	if (result < 0 || !other)
		return result;
	report->default_path = report->attempts[index].path;
	if (!offered)
		return note_missing(report, other);
	if (is_assignable(report) && beside.verdict != VERDICT_ASSIGNABLE)
		return add_path_warning(report, &beside);
	return 0;
}
