/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check/joint.h"
#include "check/unit.h"
#include "host/in_use.h"

/* A device that has just come back is looked at by udev and the like. */
#define FREE_TRIES 4

/* What is known of a device at the moment, beside what was read before its own trial. */
struct second_look {
	struct open_file_list files;
	struct vfio_holder_list holders;
	bool files_read, holders_read;
};

static bool same_fact(const struct fact_text *a, const struct fact_text *b)
{
	return a->state == b->state && (!a->text || strcmp(a->text, b->text) == 0);
}

/* Whether the device is where it was when its own trial began. */
static bool is_as_before(const struct check *check, const struct subject *subject)
{
	struct pci_device now;
	bool same;

	if (host_pci_read_detail(check->root, &subject->device.address, &now) < 0)
		return false;
	same = same_fact(&now.driver, &subject->device.driver) &&
	       same_fact(&now.driver_override, &subject->device.driver_override) &&
	       now.group.state == FACT_KNOWN;
	pci_device_release(&now);
	return same;
}

/* The word for what the host does with the device and did not have to; NULL: nothing. */
static int find_use(const struct check *check, const struct subject *subject, int group,
		    const struct second_look *look, const char **ret)
{
	struct in_use_list uses = {0};
	enum truth held;
	int result = host_in_use_read(check->root, look->files_read ? &look->files : NULL,
				      &subject->device, &uses);

	*ret = NULL;
	for (size_t i = 0; result == 0 && i < uses.n_items; i++)
		if (IN_USE_BIT(uses.items[i].id) & ~check->options->force)
			*ret = in_use_id(uses.items[i].id);
	in_use_list_release(&uses);
	held = look->holders_read ? vfio_holder_list_find(&look->holders, group, NULL, NULL)
				  : TRUTH_UNKNOWN;
	if (held != TRUTH_NO && !*ret && result == 0)
		*ret = in_use_id(held == TRUTH_YES ? IN_USE_VFIO_USER : IN_USE_NOT_MEASURED);
	return result;
}

static int explain(struct joint *joint, const struct subject *subject, const char *format,
		   const char *word)
{
	char name[PCI_ADDRESS_SIZE], *text = NULL;

	pci_address_format(&subject->device.address, name);
	if (asprintf(&text, format, name, word) < 0)
		return -ENOMEM;
	free(joint->why_not);
	joint->why_not = text;
	return 0;
}

/* Looks at every device again; says in why_not what speaks against moving them once more. */
static int look_again(struct joint *joint)
{
	struct second_look look = {0};
	int result = 0;

	look.files_read = open_file_list_read(joint->check->root, &look.files) == 0;
	look.holders_read = look.files_read && vfio_holders_take(&look.files, &look.holders) == 0;
	free(joint->why_not);
	joint->why_not = NULL;
	for (size_t i = 0; result == 0 && !joint->why_not && i < joint->plan.n_devices; i++) {
		const struct subject *subject = &joint->check->subjects[joint->indexes[i]];
		const char *use = NULL;

		if (!is_as_before(joint->check, subject)) {
			result = explain(joint, subject,
					 "%s is not as it was before its own trial%s.", "");
			break;
		}
		if (subject_moves(subject))
			result = find_use(joint->check, subject, joint->plan.devices[i].group,
					  &look, &use);
		if (use)
			result = explain(joint, subject,
					 "%s is not moved again, for what the host does with it "
					 "since its own trial: %s.",
					 use);
	}
	if (look.holders_read)
		vfio_holder_list_release(&look.holders);
	if (look.files_read)
		open_file_list_release(&look.files);
	return result;
}

static int wait_until_free(struct joint *joint)
{
	const struct timespec pause = {.tv_nsec = 500000000L};
	int result = look_again(joint);

	for (int tries = 1; result == 0 && joint->why_not && tries < FREE_TRIES; tries++) {
		nanosleep(&pause, NULL);
		result = look_again(joint);
	}
	return result;
}

/* Whether the walk of @report along @path had every step and no failure. */
static bool passed(const struct device_report *report, enum access_path path)
{
	for (size_t i = 0; i < report->n_attempts; i++)
		if (report->attempts[i].path == path)
			return report->attempts[i].verdict == VERDICT_ASSIGNABLE;
	return false;
}

/*
 * Whether subject @index goes along. Where a trial is only planned, no walk was walked.
 */
static bool takes_part(const struct check *check, size_t index)
{
	const struct device_report *report = &check->reports[index];

	if (report->verdict != VERDICT_ASSIGNABLE)
		return false;
	return check->options->dry_run ? check->subjects[index].movable
				       : passed(report, PATH_TYPE1) || passed(report, PATH_IOMMUFD);
}

/* A group that its own trial has made is not in the facts that were read before. */
static int add_subject(struct joint *joint, size_t index)
{
	struct check *check = joint->check;
	struct trial_plan *plan = &joint->plan;
	struct fact_number group;
	struct pci_device now;
	int result;

	if (host_pci_read_detail(check->root, &check->subjects[index].device.address, &now) < 0)
		return 0;
	group = now.group;
	pci_device_release(&now);
	if (group.state != FACT_KNOWN)
		return 0;
	result = unit_add_device(&check->subjects[index], plan);
	if (result < 0)
		return result == -ENODATA ? 0 : result;
	plan->devices[plan->n_devices - 1].group = (int)group.number;
	joint->indexes[plan->n_devices - 1] = index;
	if (!check->options->dry_run) {
		plan->takes_type1 = plan->takes_type1 && passed(&check->reports[index], PATH_TYPE1);
		plan->takes_iommufd =
			plan->takes_iommufd && passed(&check->reports[index], PATH_IOMMUFD);
	}
	return 0;
}

static int collect(struct joint *joint)
{
	struct check *check = joint->check;
	int result = 0;

	joint->indexes = calloc(check->n_subjects, sizeof(*joint->indexes));
	joint->plan.devices = calloc(check->n_subjects, sizeof(*joint->plan.devices));
	if (!joint->indexes || !joint->plan.devices)
		return -ENOMEM;
	joint->plan.joint = true;
	joint->plan.group = -1;
	joint->plan.opens_devices = true;
	unit_choose_paths(check, true, &joint->plan);
	for (size_t i = 0; result == 0 && i < check->n_subjects; i++)
		if (takes_part(check, i))
			result = add_subject(joint, i);
	return result;
}

static bool has_several_groups(const struct trial_plan *plan)
{
	for (size_t i = 1; i < plan->n_devices; i++)
		if (trial_plan_leads(plan, i))
			return true;
	return false;
}

static bool somebody_is_not_back(const struct check *check)
{
	for (size_t i = 0; i < check->n_subjects; i++)
		if (check->reports[i].restored == TRUTH_NO)
			return true;
	return false;
}

/* A joint trial asks nothing new of a device that is not back, and moves no other one beside it. */
static int note_restorations(struct joint *joint)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < joint->outcome.n_results; i++) {
		struct device_report *report = &joint->check->reports[joint->indexes[i]];

		if (joint->outcome.results[i].restored != report->restored)
			result = unit_note_restoration(report, &joint->outcome.results[i]);
	}
	return result;
}

static int move_all(struct joint *joint)
{
	int result = wait_until_free(joint);

	if (result < 0 || joint->why_not)
		return result;
	result = unit_run_plan(joint->check, &joint->plan, &joint->outcome);
	return result < 0 ? result : note_restorations(joint);
}

int joint_run(struct check *check, struct joint *ret)
{
	struct joint joint = {.check = check};
	const char *why_not = NULL;
	int result = collect(&joint);

	if (result == 0 && has_several_groups(&joint.plan)) {
		if (check->options->dry_run)
			trial_plan_print(&joint.plan, check->options->plan);
		else if (check_is_interrupted())
			why_not = "It was interrupted before the devices were tried together.";
		else if (somebody_is_not_back(check))
			why_not =
				"A device is not back from its own trial, so none was moved again.";
		else if (!joint.plan.takes_type1 && !joint.plan.takes_iommufd)
			why_not = "There is no access path on which all of them passed alone.";
		else
			result = move_all(&joint);
	}
	if (why_not) {
		joint.why_not = strdup(why_not);
		result = joint.why_not ? 0 : -ENOMEM;
	}
	*ret = joint;
	return result;
}

void joint_release(struct joint *joint)
{
	worker_outcome_release(&joint->outcome);
	trial_plan_release(&joint->plan);
	free(joint->indexes);
	free(joint->why_not);
	*joint = (struct joint){0};
}

int joint_leader(const struct joint *joint, size_t index)
{
	const struct trial_plan *plan = &joint->plan;

	for (size_t i = 0; i < plan->n_devices; i++) {
		if (joint->indexes[i] != index)
			continue;
		for (size_t first = 0; first <= i; first++)
			if (plan->devices[first].group == plan->devices[i].group)
				return (int)first;
	}
	return -1;
}
