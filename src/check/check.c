/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "check/domain.h"
#include "check/leftover.h"
#include "check/subject.h"
#include "check/together.h"
#include "check/unit.h"
#include "diagnosis/log_evidence.h"
#include "diagnosis/verdict.h"
#include "host/facts.h"
#include "host/in_use.h"
#include "host/kernel_log.h"

static volatile sig_atomic_t interrupted;

void check_interrupt(void)
{
	interrupted = 1;
}

bool check_is_interrupted(void)
{
	return interrupted;
}

static int copy_fact(struct fact_text *to, const struct fact_text *from)
{
	to->state = from->state;
	to->text = from->text ? strdup(from->text) : NULL;
	return from->text && !to->text ? -ENOMEM : 0;
}

static int read_subjects(struct check *check, const struct pci_address *set, size_t n_set)
{
	size_t room = n_set ? n_set : 1;

	check->subjects = calloc(room, sizeof(*check->subjects));
	check->reports = calloc(room, sizeof(*check->reports));
	check->movable = calloc(room, sizeof(*check->movable));
	if (!check->subjects || !check->reports || !check->movable)
		return -ENOMEM;
	for (size_t i = 0; i < n_set; i++) {
		struct device_report *report = &check->reports[i];
		int result = subject_read(check, &set[i], &check->subjects[i]);

		check->n_subjects++;
		report->address = set[i];
		/* It was there a moment ago: nothing is known of it, and it says so. */
		if (result == -ENOENT) {
			check->subjects[i].device.address = set[i];
			check->subjects[i].judged = true;
			result = diagnose_not_measured(report, VERDICT_NOT_MEASURED,
						       CONFIDENCE_LIKELY,
						       "the device left the bus while it was read");
		}
		if (result < 0)
			return result;
		report->group = check->subjects[i].device.group;
		if (copy_fact(&report->driver, &check->subjects[i].device.driver) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* A group is held through its own node, or through that of any device in it. */
static bool may_be_held(const struct subject *subject)
{
	if (!subject->has_group)
		return false;
	for (size_t i = 0; i < subject->n_members; i++)
		if (subject->members[i].vfio_dev.state == FACT_KNOWN)
			return true;
	return subject->group.node != TRUTH_NO;
}

/* One look through all processes tells the holders of groups, and of everything else. */
static int read_processes(struct check *check)
{
	int result = open_file_list_read(check->root, &check->files);
	bool wanted = false;

	if (result < 0)
		return result == -ENOMEM ? result : 0;
	check->files_read = true;
	/* A group without a node is held by nobody, however little of /proc can be seen. */
	for (size_t i = 0; i < check->n_subjects; i++)
		wanted = wanted || may_be_held(&check->subjects[i]);
	if (!wanted)
		return 0;
	result = vfio_holders_take(&check->files, &check->holders);
	check->holders_read = result == 0;
	return result;
}

/* A member that stays on its driver is an obstacle to the others, named or not. */
static void find_movable(struct check *check)
{
	for (size_t i = 0; i < check->n_subjects; i++) {
		struct subject *subject = &check->subjects[i];
		struct device_view view = subject_view(check, subject);
		struct evidence_set set = {0};

		if (subject->judged)
			continue;
		evidence_from_facts(&view, &set);
		subject->movable = !evidence_forbids_trial(&view, &set);
		evidence_set_release(&set);
	}
	for (size_t i = 0; i < check->n_subjects; i++)
		if (check->subjects[i].movable)
			check->movable[check->n_movable++] = check->subjects[i].device.address;
}

static int add_boot_line(void *data, const char *line)
{
	struct check *check = data;

	for (size_t i = 0; i < check->n_subjects; i++)
		log_evidence_add_boot_line(line, &check->reports[i].evidence);
	return 0;
}

/* What boot said of the IOMMU is asked only where something is missing. */
static void read_boot_log(struct check *check)
{
	bool wanted = check->host.interrupt_remapping == TRUTH_NO, complete;

	for (size_t i = 0; i < check->n_subjects; i++)
		if (check->subjects[i].device.group.state != FACT_KNOWN)
			wanted = true;
	if (wanted && check->host.live)
		kernel_log_read_boot(add_boot_line, check, &complete);
}

/* VFIO takes the whole group: what the host would lose beside the device itself. */
static int read_group_use(struct check *check, const struct subject *subject,
			  struct device_report *report)
{
	const struct open_file_list *files = check->files_read ? &check->files : NULL;
	int result = 0;

	report->group_in_use =
		calloc(subject->n_members ? subject->n_members : 1, sizeof(*report->group_in_use));
	if (!report->group_in_use)
		return -ENOMEM;
	for (size_t i = 0; result == 0 && i < subject->n_members; i++) {
		const struct pci_device *member = &subject->members[i];
		struct group_use *use = &report->group_in_use[report->n_group_in_use];

		if (pci_address_equal(&member->address, &report->address) ||
		    pci_device_is_bridge(member) == TRUTH_YES)
			continue;
		use->address = member->address;
		result = host_in_use_read(check->root, files, member, &use->in_use);
		report->n_group_in_use++;
	}
	return result;
}

/* The advice to bind the siblings costs the host what it does with them. */
static int warn_of_group_use(struct device_report *report)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < report->n_group_in_use; i++) {
		const struct group_use *use = &report->group_in_use[i];

		for (size_t j = 0; result == 0 && j < use->in_use.n_items; j++) {
			char name[PCI_ADDRESS_SIZE], *fix;

			if (asprintf(&fix,
				     "Before %s is taken from the host as well, know what goes: "
				     "%s (%s)",
				     pci_address_format(&use->address, name),
				     use->in_use.items[j].what,
				     in_use_id(use->in_use.items[j].id)) < 0)
				return -ENOMEM;
			result = device_report_add_fix(report, fix);
			free(fix);
		}
	}
	return result;
}

static int gather_evidence(struct check *check)
{
	for (size_t i = 0; i < check->n_subjects; i++) {
		struct subject *subject = &check->subjects[i];
		struct device_view view = subject_view(check, subject);
		int result;

		if (subject->judged)
			continue;
		evidence_from_facts(&view, &check->reports[i].evidence);
		diagnose_default_path(&check->reports[i]);
		result = host_in_use_read(check->root, check->files_read ? &check->files : NULL,
					  &subject->device, &check->reports[i].in_use);
		if (result == 0)
			result = read_group_use(check, subject, &check->reports[i]);
		if (result < 0)
			return result;
	}
	read_boot_log(check);
	return 0;
}

static int judge_all_passively(struct check *check)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < check->n_subjects; i++)
		if (!check->subjects[i].judged)
			result = subject_judge(check, i);
	return result;
}

/* A device whose state cannot be read cannot be put back. */
static bool state_is_known(const struct subject *subject)
{
	return subject->device.driver.state != FACT_UNKNOWN &&
	       subject->device.driver_override.state != FACT_UNKNOWN &&
	       subject->device.vendor.state == FACT_KNOWN &&
	       subject->device.device.state == FACT_KNOWN;
}

/* What forbids a trial must be known not to hold; and a group that somebody may hold stays. */
static bool guards_are_known(const struct evidence_set *evidence, bool moves)
{
	return evidence->truth[EVIDENCE_BRIDGE] != TRUTH_UNKNOWN &&
	       evidence->truth[EVIDENCE_PF_WITH_VFS] != TRUTH_UNKNOWN &&
	       evidence->truth[EVIDENCE_CONFIG_ALL_ONES] != TRUTH_UNKNOWN &&
	       (!moves || evidence->truth[EVIDENCE_VFIO_HOLDER] != TRUTH_UNKNOWN);
}

/* Whether the steps that move and reset nothing may be taken at the default level. */
static bool may_attach(const struct check *check, size_t index)
{
	const struct subject *subject = &check->subjects[index];
	const struct evidence_set *evidence = &check->reports[index].evidence;

	/* The claim of iommufd opens the device, and that resets it. */
	if (check->options->path == PATH_CHOICE_IOMMUFD ||
	    evidence->truth[EVIDENCE_TYPE1_OFFERED] == TRUTH_NO)
		return false;
	return check->host.live && check->host.root && subject->movable && subject->has_group &&
	       state_is_known(subject) && subject_group_is_vfio(subject) &&
	       evidence->truth[EVIDENCE_VFIO_HOLDER] == TRUTH_NO &&
	       check->host.vfio_iommu_type1 != MODULE_LOADABLE && !evidence_forbids_claim(evidence);
}

static int run_default(struct check *check)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < check->n_subjects; i++)
		if (!check->subjects[i].judged && !may_attach(check, i))
			result = subject_judge(check, i);
	return result < 0 ? result : unit_run_all(check, false);
}

/* Judges @index where no trial of it may be started. */
static int stop_before_trial(struct check *check, size_t index)
{
	struct subject *subject = &check->subjects[index];
	struct device_report *report = &check->reports[index];
	const struct evidence_set *evidence = &report->evidence;
	bool moves = subject_moves(subject);

	if (!subject->movable)
		return subject_judge(check, index);
	if (!check->host.root && !check->options->dry_run) {
		subject->judged = true;
		return diagnose_not_measured(report, VERDICT_NOT_PERMITTED, CONFIDENCE_CERTAIN,
					     "A trial writes to sysfs and opens VFIO nodes, which "
					     "only root may do.");
	}
	/* A known holder says more than what it keeps from being read. */
	if (moves && evidence->truth[EVIDENCE_VFIO_HOLDER] == TRUTH_YES)
		return subject_judge(check, index);
	if (!state_is_known(subject)) {
		subject->judged = true;
		return diagnose_not_measured(
			report, VERDICT_NOT_MEASURED, CONFIDENCE_LIKELY,
			"The driver or driver_override of the device cannot be "
			"read, so it could not be put back.");
	}
	if (subject->has_group && !guards_are_known(evidence, moves)) {
		subject->judged = true;
		return diagnose_not_measured(
			report, VERDICT_NOT_MEASURED, CONFIDENCE_LIKELY,
			"What forbids a trial could not be ruled out: the class, "
			"the virtual functions, the configuration space or the "
			"holders of the device could not be read.");
	}
	if (evidence_forbids_claim(evidence))
		return subject_judge(check, index);
	if (moves && (in_use_list_mask(&report->in_use) & ~check->options->force)) {
		subject->judged = true;
		return diagnose_refused(report);
	}
	return 0;
}

/* With one member of the set on its host driver, the others cannot be measured. */
static int stop_companions(struct check *check)
{
	int result = 0;

	for (size_t i = 0; i < check->n_subjects; i++) {
		if (check->reports[i].outcome != OUTCOME_REFUSED)
			continue;
		for (size_t j = 0; result == 0 && j < check->n_subjects; j++) {
			struct subject *other = &check->subjects[j];

			if (other->judged || !other->has_group ||
			    other->group.number != check->subjects[i].group.number)
				continue;
			other->judged = true;
			result = diagnose_not_measured(
				&check->reports[j], VERDICT_NOT_MEASURED, CONFIDENCE_LIKELY,
				"The host uses another device of the set in the same group, so the "
				"group was not taken.");
		}
	}
	return result;
}

static int run_trials(struct check *check)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < check->n_subjects; i++)
		if (!check->subjects[i].judged)
			result = stop_before_trial(check, i);
	if (result == 0)
		result = stop_companions(check);
	return result < 0 ? result : unit_run_all(check, true);
}

/* Nothing is asked of the device itself where the kernel does not have the path. */
static int judge_without_iommufd(struct check *check)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < check->n_subjects; i++) {
		struct device_report *report = &check->reports[i];

		if (check->subjects[i].judged ||
		    report->evidence.truth[EVIDENCE_IOMMUFD_AVAILABLE] != TRUTH_NO)
			continue;
		check->subjects[i].judged = true;
		result = diagnose_no_iommufd(report);
	}
	return result;
}

static int judge(struct check *check)
{
	int result = 0;

	if (check->options->path == PATH_CHOICE_IOMMUFD)
		result = judge_without_iommufd(check);
	if (result < 0)
		return result;
	if (!check->host.live || check->options->level == CHECK_PASSIVE)
		return judge_all_passively(check);
	return check->options->level == CHECK_TRIAL ? run_trials(check) : run_default(check);
}

static void release(struct check *check)
{
	for (size_t i = 0; i < check->n_subjects; i++)
		subject_release(&check->subjects[i]);
	free(check->subjects);
	free(check->movable);
	if (check->files_read)
		open_file_list_release(&check->files);
	if (check->holders_read)
		vfio_holder_list_release(&check->holders);
	host_facts_release(&check->host);
}

int check_run(const struct host_root *root, const struct check_options *options,
	      const struct pci_address *set, size_t n_set, struct check_report *ret)
{
	struct check check = {.root = root, .options = options};
	struct check_report report = {0};
	int result = host_facts_read(root, &check.host);

	*ret = report;
	if (result == 0)
		result = read_subjects(&check, set, n_set);
	if (result == 0)
		result = read_processes(&check);
	if (result == 0) {
		find_movable(&check);
		result = gather_evidence(&check);
	}
	if (result == 0)
		result = judge(&check);
	if (result == 0)
		result = leftover_judge_recovering(&check);
	if (result == 0 && options->together)
		result = together_answer(&check, &report.together);
	if (result == 0 && options->guest)
		result = domain_answer(&check, &report.together, &report.domain);
	for (size_t i = 0; result == 0 && i < check.n_subjects; i++) {
		if (check.reports[i].verdict == VERDICT_GROUP_NOT_VIABLE)
			result = warn_of_group_use(&check.reports[i]);
		if (result == 0)
			result = leftover_note(&check, &check.subjects[i], &check.reports[i]);
	}
	if (result == 0 && check.host.kernel_release.state == FACT_KNOWN) {
		report.kernel = strdup(check.host.kernel_release.text);
		result = report.kernel ? 0 : -ENOMEM;
	}
	report.devices = check.reports;
	report.n_devices = check.n_subjects;
	release(&check);
	if (result < 0)
		check_report_release(&report);
	else
		*ret = report;
	return result;
}
