/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "check/joint.h"
#include "check/together.h"
#include "diagnosis/together.h"
#include "host/iommu_instance.h"

/* The answers of a joint trial, while they are put together. */
struct together {
	struct check *check;
	struct joint joint;
	enum access_path path; /* whose walk tells the domains; PATH_PASSIVE: none does */
	struct together_report *report;
};

/* What the joint trial did with subject @index along @path, or NULL. */
static struct attempt *joint_attempt(const struct together *together, size_t index,
				     enum access_path path)
{
	int leader = joint_leader(&together->joint, index);
	struct worker_result *result;

	if (leader < 0 || (size_t)leader >= together->joint.outcome.n_results)
		return NULL;
	result = &together->joint.outcome.results[leader];
	for (size_t i = 0; i < result->n_attempts; i++)
		if (result->attempts[i].path == path)
			return &result->attempts[i];
	return NULL;
}

/* The number of the domain that subject @index was put into; 0: the walk did not end so far. */
static int domain_of(const struct together *together, size_t index)
{
	const struct attempt *attempt = joint_attempt(together, index, together->path);

	return attempt && attempt->complete ? attempt->domain : 0;
}

static bool path_tells(struct together *together, enum access_path path)
{
	together->path = path;
	for (size_t i = 0; i < together->check->n_subjects; i++)
		if (joint_leader(&together->joint, i) >= 0 && domain_of(together, i) == 0)
			return false;
	return together->joint.outcome.n_results > 0;
}

/* type1 is what QEMU takes; but where it has told nothing of a device, iommufd may have. */
static void choose_path(struct together *together)
{
	if (!path_tells(together, PATH_TYPE1) && !path_tells(together, PATH_IOMMUFD))
		together->path = together->joint.plan.takes_iommufd ? PATH_IOMMUFD : PATH_TYPE1;
	if (together->joint.outcome.n_results == 0)
		together->path = PATH_PASSIVE;
}

static bool in_one_group(const struct together *together, size_t a, size_t b)
{
	const struct subject *first = &together->check->subjects[a];
	const struct subject *second = &together->check->subjects[b];
	int leader = joint_leader(&together->joint, a);

	if (first->has_group && second->has_group)
		return first->group.number == second->group.number;
	return leader >= 0 && leader == joint_leader(&together->joint, b);
}

/* Why a pair whose devices are assignable alone was not tried together. */
static const char *why_untried(const struct together *together)
{
	if (together->joint.why_not)
		return together->joint.why_not;
	if (together->joint.outcome.why)
		return together->joint.outcome.why;
	if (together->path == PATH_TYPE1)
		return "type1 took both, and tells nobody whether it gave the second a domain of "
		       "its own; iommufd would tell, or --trace.";
	return "The trial of both did not come to an end.";
}

static int judge_facts(const struct together *together, size_t a, size_t b,
		       struct domain_pair *pair)
{
	const struct check *check = together->check;
	struct device_view first = subject_view(check, &check->subjects[a]);
	struct device_view second = subject_view(check, &check->subjects[b]);
	enum truth same = TRUTH_UNKNOWN;

	if (first.device->iommu.state == FACT_KNOWN && second.device->iommu.state == FACT_KNOWN)
		same = host_iommu_same_capabilities(check->root, first.device->iommu.text,
						    second.device->iommu.text);
	return diagnose_pair_passive(&first, &second, same, pair);
}

static int judge_apart(struct together *together, size_t later, struct domain_pair *pair)
{
	struct device_view view = subject_view(together->check, &together->check->subjects[later]);

	return diagnose_pair_apart(&view, joint_attempt(together, later, together->path), pair);
}

/* The walk along the path that tells ended for one of them: where, and with which errno. */
static int judge_cut_short(const struct together *together, size_t index,
			   const struct attempt_step *failure, struct domain_pair *pair)
{
	AUTO_FREE char *why = NULL;
	const char *name = errno_name(failure->err);
	char address[PCI_ADDRESS_SIZE];

	pci_address_format(&together->check->reports[index].address, address);
	if (asprintf(&why, "Together, %s came as far as %s, which answered %s.", address,
		     step_name(failure->step), name ? name : "nothing") < 0)
		return -ENOMEM;
	return diagnose_pair_unmeasured(pair, why);
}

static int judge_measured(struct together *together, size_t a, size_t b, struct domain_pair *pair)
{
	int domain_a = domain_of(together, a), domain_b = domain_of(together, b);
	const size_t both[] = {a, b};

	for (size_t i = 0; (domain_a == 0 || domain_b == 0) && i < ARRAY_LENGTH(both); i++) {
		const struct attempt *attempt = joint_attempt(together, both[i], together->path);
		const struct attempt_step *failure =
			attempt ? attempt_first_failure(attempt) : NULL;

		if (failure)
			return judge_cut_short(together, both[i], failure, pair);
	}
	if (domain_a == 0 || domain_b == 0)
		return diagnose_pair_unmeasured(pair, why_untried(together));
	if (domain_a == domain_b)
		return diagnose_pair_shared(pair, CONFIDENCE_CERTAIN,
					    "Both were attached to one domain.");
	return judge_apart(together, b, pair);
}

/* What cannot be assigned alone is tried beside nothing else. */
static int judge_obstacle(const struct device_report *alone, struct domain_pair *pair)
{
	AUTO_FREE char *why = NULL;
	char name[PCI_ADDRESS_SIZE];

	if (asprintf(&why, "%s is not assignable by itself: %s.",
		     pci_address_format(&alone->address, name), verdict_id(alone->verdict)) < 0)
		return -ENOMEM;
	return diagnose_pair_unmeasured(pair, why);
}

static int judge_pair(struct together *together, size_t a, size_t b, struct domain_pair *pair)
{
	const struct device_report *reports = together->check->reports;

	pair->a = reports[a].address;
	pair->b = reports[b].address;
	if (reports[a].verdict != VERDICT_ASSIGNABLE)
		return judge_obstacle(&reports[a], pair);
	if (reports[b].verdict != VERDICT_ASSIGNABLE)
		return judge_obstacle(&reports[b], pair);
	if (in_one_group(together, a, b))
		return diagnose_pair_shared(
			pair, CONFIDENCE_CERTAIN,
			"Both are in one IOMMU group, which always has one domain.");
	if (together->check->options->level != CHECK_TRIAL || together->check->options->dry_run ||
	    !together->check->host.live)
		return judge_facts(together, a, b, pair);
	return judge_measured(together, a, b, pair);
}

static int judge_pairs(struct together *together)
{
	struct together_report *report = together->report;
	size_t n = together->check->n_subjects;
	int result = 0;

	report->pairs = calloc(n > 1 ? n * (n - 1) / 2 : 1, sizeof(*report->pairs));
	if (!report->pairs)
		return -ENOMEM;
	for (size_t a = 0; result == 0 && a < n; a++)
		for (size_t b = a + 1; result == 0 && b < n; b++)
			result = judge_pair(together, a, b, &report->pairs[report->n_pairs++]);
	return result;
}

/* Whether subjects @a and @b, of which @a stands before @b, share a domain, by their pair. */
static const struct domain_pair *pair_of(const struct together *together, size_t a, size_t b)
{
	size_t n = together->check->n_subjects;

	return &together->report->pairs[a * (2 * n - a - 1) / 2 + (b - a - 1)];
}

/* One for each device that shares none with those before it; 0 where a pair is not known. */
static unsigned count_domains(const struct together *together)
{
	unsigned domains = 0;

	for (size_t b = 0; b < together->check->n_subjects; b++) {
		bool shares = false;

		for (size_t a = 0; a < b; a++) {
			const struct domain_pair *pair = pair_of(together, a, b);

			if (pair->verdict != VERDICT_ASSIGNABLE &&
			    pair->verdict != VERDICT_DOMAIN_INCOMPATIBLE)
				return 0;
			shares = shares || pair->verdict == VERDICT_ASSIGNABLE;
		}
		domains += !shares;
	}
	return domains;
}

/* The walks of the first device of each group become part of the report. */
static int take_attempts(struct together *together)
{
	struct together_report *report = together->report;
	struct worker_outcome *outcome = &together->joint.outcome;

	report->attempts = calloc(outcome->n_results * WORKER_PATHS + 1, sizeof(*report->attempts));
	if (!report->attempts)
		return -ENOMEM;
	for (size_t i = 0; i < outcome->n_results; i++) {
		struct worker_result *result = &outcome->results[i];

		for (size_t a = 0;
		     trial_plan_leads(&together->joint.plan, i) && a < result->n_attempts; a++) {
			struct joint_attempt *taken = &report->attempts[report->n_attempts++];

			taken->address = together->joint.plan.devices[i].address;
			taken->attempt = result->attempts[a];
			result->attempts[a] = (struct attempt){0};
		}
	}
	return 0;
}

/* The first device that passed alone and failed beside the others, on the path of @path. */
static int judge_failure(struct together *together, enum access_path path, bool *ret)
{
	*ret = false;
	for (size_t i = 0; i < together->check->n_subjects; i++) {
		struct attempt *attempt = joint_attempt(together, i, path);
		struct device_view view =
			subject_view(together->check, &together->check->subjects[i]);

		if (!attempt || !attempt_first_failure(attempt))
			continue;
		*ret = true;
		return diagnose_joint_failure(&view, &together->check->reports[i], attempt,
					      together->report);
	}
	return 0;
}

static int judge(struct together *together)
{
	struct trial_plan *plan = &together->joint.plan;
	bool failed = false;
	int result;

	choose_path(together);
	together->report->path = together->path;
	result = judge_pairs(together);
	if (result == 0)
		result = judge_failure(together, plan->takes_type1 ? PATH_TYPE1 : PATH_IOMMUFD,
				       &failed);
	if (result < 0 || failed)
		return result;
	if (together->check->n_subjects != 1 ||
	    together->check->reports[0].verdict == VERDICT_ASSIGNABLE)
		together->report->domains = count_domains(together);
	return diagnose_together(together->report);
}

int together_answer(struct check *check, struct together_report *ret)
{
	struct together_report report = {.asked = true};
	struct together together = {.check = check, .report = &report};
	int result = 0;

	*ret = (struct together_report){0};
	if (check->n_subjects == 0)
		return 0;
	together.joint.check = check;
	if (check->options->level == CHECK_TRIAL && check->host.live)
		result = joint_run(check, &together.joint);
	if (result == 0)
		result = judge(&together);
	if (result == 0)
		result = take_attempts(&together);
	joint_release(&together.joint);
	*ret = report;
	return result;
}
