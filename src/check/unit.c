/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/unit.h"
#include "diagnosis/verdict.h"
#include "host/in_use.h"
#include "trial/restore.h"
#include "worker/trial_run.h"

/* How long a worker may take to put everything back once it has been told to stop. */
#define GRACE_SECONDS 10

/* The subjects of one group that go through one trial together. */
struct unit {
	struct check *check;
	size_t *indexes; /* of its subjects; the plan's devices have the same order */
	size_t n_indexes;
	struct trial_plan plan;
	bool full;
};

static bool same_unit(const struct subject *a, const struct subject *b)
{
	return a->has_group && b->has_group && a->group.number == b->group.number;
}

static int collect(struct unit *unit, size_t first)
{
	const struct check *check = unit->check;

	unit->indexes = calloc(check->n_subjects, sizeof(*unit->indexes));
	unit->plan.devices = calloc(check->n_subjects, sizeof(*unit->plan.devices));
	if (!unit->indexes || !unit->plan.devices)
		return -ENOMEM;
	for (size_t i = first; i < check->n_subjects; i++)
		if (!check->subjects[i].judged &&
		    (i == first || same_unit(&check->subjects[first], &check->subjects[i])))
			unit->indexes[unit->n_indexes++] = i;
	return 0;
}

static bool needs_load(enum module_state state)
{
	/* A module that is missing is asked for all the same: the answer is the step's errno. */
	return state != MODULE_LOADED && state != MODULE_BUILTIN;
}

void unit_choose_paths(const struct check *check, bool full, struct trial_plan *plan)
{
	enum path_choice choice = check->options->path;
	bool loadable = check->host.iommufd == MODULE_LOADABLE;
	/* A node that cannot be looked at is asked for: the kernel's answer tells more. */
	bool offered = check->host.iommufd_node != TRUTH_NO ||
		       check->host.iommufd_registered == TRUTH_YES || loadable;

	plan->takes_type1 = choice != PATH_CHOICE_IOMMUFD;
	/* What does not need a device that somebody looks at: the claim of iommufd resets it. */
	plan->takes_iommufd =
		full && (choice == PATH_CHOICE_IOMMUFD || (choice == PATH_CHOICE_AUTO && offered));
	if (plan->takes_iommufd && loadable && check->host.iommufd_node != TRUTH_YES)
		plan->iommufd_module = "iommufd";
	if (plan->takes_type1 && full && check->host.vfio_iommu_type1 == MODULE_LOADABLE)
		plan->backend_module = "vfio_iommu_type1";
}

int unit_add_device(const struct subject *subject, struct trial_plan *plan)
{
	bool moves = subject_moves(subject);
	bool load = moves && needs_load(subject->module_state);
	int result = trial_device_init(&plan->devices[plan->n_devices], &subject->device,
				       load ? subject->module : NULL,
				       moves ? subject->driver : subject->device.driver.text);

	if (result == 0)
		plan->n_devices++;
	return result;
}

static int fill_plan(struct unit *unit)
{
	const struct check *check = unit->check;
	const struct subject *first = &check->subjects[unit->indexes[0]];
	struct trial_plan *plan = &unit->plan;

	plan->group = first->has_group ? first->group.number : -1;
	plan->noiommu = first->group.noiommu == TRUTH_YES;
	plan->opens_devices = unit->full;
	unit_choose_paths(check, unit->full, plan);
	plan->claims_with_paging_domain = check->host.claim_paging_domain != TRUTH_NO;
	for (size_t i = 0; i < unit->n_indexes; i++) {
		int result = unit_add_device(&check->subjects[unit->indexes[i]], plan);

		if (result < 0)
			return result;
	}
	return 0;
}

/* The kernel's errno may mean that the function has left the bus meanwhile. */
static void look_again(const struct unit *unit, size_t index)
{
	const struct check *check = unit->check;
	const struct subject *subject = &check->subjects[index];
	struct pci_device now;
	char name[PCI_ADDRESS_SIZE];

	if (host_pci_read_detail(check->root, &subject->device.address, &now) == -ENOENT)
		evidence_set_add(&check->reports[index].evidence, EVIDENCE_DEVICE_GONE, TRUTH_YES,
				 SOURCE_SYSFS, pci_address_format(&subject->device.address, name),
				 "absent");
	else
		pci_device_release(&now);
}

int unit_note_restoration(struct device_report *report, struct worker_result *result)
{
	char name[PCI_ADDRESS_SIZE];
	const char *lost;
	char *fix;
	int added;

	/* What an earlier trial wrote is told, whatever a later one did not come to. */
	if (result->restored != TRUTH_UNKNOWN)
		report->restored = result->restored;
	lost = restore_detail_lost(result->restore_detail);
	if (result->restored == TRUTH_YES && lost) {
		if (asprintf(&fix, "Set up again by hand what could not be given back: %s", lost) <
		    0)
			return -ENOMEM;
		added = device_report_add_fix(report, fix);
		free(fix);
		return added;
	}
	if (result->restored != TRUTH_NO)
		return 0;
	report->restore_detail = result->restore_detail;
	result->restore_detail = NULL;
	report->gone = result->restore_result == RESTORE_GONE;
	if (report->gone)
		return 0;
	if (asprintf(&fix, "Put the device back: iommu-diag restore %s (%s)",
		     pci_address_format(&report->address, name),
		     report->restore_detail ? report->restore_detail : "not restored") < 0)
		return -ENOMEM;
	added = device_report_add_fix(report, fix);
	free(fix);
	return added;
}

/* The host has begun to use a device of the unit after it was asked. */
static int judge_new_use(const struct check *check, const struct subject *subject,
			 struct device_report *report, const char *why)
{
	struct open_file_list files;
	bool seen = open_file_list_read(check->root, &files) == 0;
	int result;

	in_use_list_release(&report->in_use);
	result = host_in_use_read(check->root, seen ? &files : NULL, &subject->device,
				  &report->in_use);
	if (seen)
		open_file_list_release(&files);
	if (result < 0)
		return result;
	if (in_use_list_mask(&report->in_use) & ~check->options->force)
		return diagnose_refused(report);
	return diagnose_not_measured(report, VERDICT_NOT_MEASURED, CONFIDENCE_LIKELY, why);
}

/* Where a step failed because somebody else moved the device, that is no word about the device. */
static bool says_nothing(const struct device_report *report, const struct worker_result *result)
{
	return result->restored == TRUTH_NO && result->restore_result == RESTORE_CONTESTED &&
	       report->outcome == OUTCOME_FAIL && report->verdict != VERDICT_GROUP_IN_USE;
}

static int judge_one(struct unit *unit, size_t index, const struct worker_outcome *outcome,
		     struct worker_result *result)
{
	struct check *check = unit->check;
	struct subject *subject = &check->subjects[index];
	struct device_report *report = &check->reports[index];
	struct device_view view = subject_view(check, subject);
	int judged;

	subject->judged = true;
	if (outcome->ending == WORKER_REFUSED && outcome->refused_use)
		return judge_new_use(check, subject, report, outcome->why ? outcome->why : "");
	if (outcome->ending == WORKER_REFUSED)
		return diagnose_not_measured(report, VERDICT_NOT_MEASURED, CONFIDENCE_LIKELY,
					     outcome->why ? outcome->why : "");
	report->attempts = calloc(result->n_attempts, sizeof(*report->attempts));
	if (!report->attempts)
		return -ENOMEM;
	report->n_attempts = result->n_attempts;
	memcpy(report->attempts, result->attempts, result->n_attempts * sizeof(*report->attempts));
	result->n_attempts = 0;
	look_again(unit, index);
	if (outcome->why)
		evidence_set_add(&report->evidence, EVIDENCE_NONE, TRUTH_UNKNOWN, SOURCE_PROCFS,
				 "the trial's process", outcome->why);
	judged = diagnose_attempts(&view, report, unit->full);
	/* Below a trial iommufd is not walked; what facts say of it counts all the same. */
	if (judged == 0 && !unit->full && check->options->path == PATH_CHOICE_AUTO)
		judged = diagnose_path_beside(&view, report, PATH_IOMMUFD);
	if (judged == 0 && says_nothing(report, result))
		judged = diagnose_not_measured(report, VERDICT_NOT_MEASURED, CONFIDENCE_LIKELY,
					       result->restore_detail);
	return judged < 0 ? judged : unit_note_restoration(report, result);
}

int unit_run_plan(const struct check *check, const struct trial_plan *plan,
		  struct worker_outcome *ret)
{
	const struct check_options *options = check->options;
	const struct worker_trial trial = {
		.root = check->root,
		.plan = plan,
		.undo_folder = options->undo_folder,
		.force = options->force,
		.trace = options->trace,
		.timeout = options->timeout,
		.grace = GRACE_SECONDS,
		.progress = options->progress,
		.progress_data = options->progress_data,
		.interrupted = check_is_interrupted,
	};

	return worker_run_trial(&trial, ret);
}

static int run(struct unit *unit)
{
	struct worker_outcome outcome;
	int result = unit_run_plan(unit->check, &unit->plan, &outcome);

	for (size_t i = 0; result == 0 && i < unit->n_indexes; i++)
		result = judge_one(unit, unit->indexes[i], &outcome, &outcome.results[i]);
	worker_outcome_release(&outcome);
	return result;
}

/* Prints what would be done, and judges by facts. */
static int print_only(struct unit *unit)
{
	struct check *check = unit->check;
	int result = 0;

	trial_plan_print(&unit->plan, check->options->plan);
	for (size_t i = 0; result == 0 && i < unit->n_indexes; i++)
		result = subject_judge(check, unit->indexes[i]);
	return result;
}

int unit_run_all(struct check *check, bool full)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < check->n_subjects; i++) {
		struct unit unit = {.check = check, .full = full};

		if (check->subjects[i].judged)
			continue;
		result = collect(&unit, i);
		if (result == 0)
			result = fill_plan(&unit);
		if (result == 0)
			result = full && check->options->dry_run ? print_only(&unit) : run(&unit);
		trial_plan_release(&unit.plan);
		free(unit.indexes);
	}
	return result;
}
