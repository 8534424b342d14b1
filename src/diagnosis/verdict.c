/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/log_evidence.h"
#include "diagnosis/verdict.h"
#include "diagnosis/wording.h"
#include "rules/rules.h"

#define MATCHES_MAX 32
#define ALTERNATIVES_MAX 6

static struct rule_query query_for(const struct device_view *view,
				   const struct device_report *report, enum access_path access)
{
	const struct fact_text *iommu = &view->device->iommu;

	return (struct rule_query){
		.path = report->path,
		.access = access,
		.step = report->step,
		.err = report->err,
		.kernel_major = view->host->kernel_major,
		.kernel_minor = view->host->kernel_minor,
		.driver = iommu->state == FACT_KNOWN ? rules_iommu_driver(iommu->text) : NULL,
		.evidence = &report->evidence,
	};
}

static bool is_alternative(const struct device_report *report, enum verdict verdict)
{
	for (size_t i = 0; i < report->n_alternatives; i++)
		if (report->alternatives[i].verdict == verdict)
			return true;
	return false;
}

/* What is not known about @match, or what speaks for it, in one line. */
static char *reason(const struct device_report *report, const struct rule_match *match)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	const char *separator = "";

	if (!out)
		return NULL;
	if (match->unknown_needs > 0)
		fputs("not known: ", out);
	for (size_t i = 0; i < match->rule->n_needs; i++) {
		const struct rule_need *need = &match->rule->needs[i];
		bool unknown = report->evidence.truth[need->evidence] == TRUTH_UNKNOWN;

		if (unknown != (match->unknown_needs > 0))
			continue;
		fprintf(out, "%s%s%s", separator, need->wanted == TRUTH_NO ? "not: " : "",
			evidence_question(need->evidence));
		separator = "; ";
	}
	if (!*separator)
		fputs(match->unknown_needs > 0 ? "which IOMMU driver it is"
					       : "the errno at this step",
		      out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int add_alternative(struct device_report *report, const struct rule_match *match)
{
	AUTO_FREE char *why = NULL;

	if (match->rule->verdict == report->verdict ||
	    is_alternative(report, match->rule->verdict) ||
	    report->n_alternatives >= ALTERNATIVES_MAX)
		return 0;
	why = reason(report, match);
	if (!why)
		return -ENOMEM;
	return device_report_add_alternative(report, match->rule->verdict, match->confidence, why);
}

static int add_warning(struct device_report *report, enum verdict verdict, const char *text)
{
	AUTO_FREE char *why = wording_expand(report, text);

	return why ? device_report_add_warning(report, verdict, why) : -ENOMEM;
}

static bool is_needed(const struct rule *rule, enum evidence id)
{
	for (size_t i = 0; i < rule->n_needs; i++)
		if (rule->needs[i].evidence == id)
			return true;
	return false;
}

/* What decided comes first, the kernel's own words with it, for those who read no further. */
static void put_deciding_first(struct evidence_set *set, const struct rule *rule)
{
	size_t place = 0;

	for (size_t i = 0; i < set->n_observations; i++) {
		struct observation moved = set->observations[i];

		if (!is_needed(rule, moved.id) && moved.source != SOURCE_JOURNAL)
			continue;
		memmove(&set->observations[place + 1], &set->observations[place],
			(i - place) * sizeof(moved));
		set->observations[place++] = moved;
	}
}

/* The price of an assignable device: rules that warn, and the use that the host makes of it. */
static int add_prices(const struct device_view *view, struct device_report *report,
		      enum access_path access)
{
	struct rule_match matches[MATCHES_MAX];
	struct rule_query query = query_for(view, report, access);
	size_t count;
	int result = 0;

	query.path = PATH_PASSIVE;
	query.step = STEP_NONE;
	query.err = 0;
	count = rules_match(&query, matches, MATCHES_MAX);
	for (size_t i = 0; result == 0 && i < count; i++) {
		const struct rule *rule = matches[i].rule;

		if (rule->outcome != OUTCOME_WARN || matches[i].unknown_needs > 0)
			continue;
		put_deciding_first(&report->evidence, rule);
		result = add_warning(report, rule->verdict,
				     rule->summary ? rule->summary
						   : rules_verdict_text(rule->verdict)->summary);
	}
	if (result == 0 && in_use_list_is_known(&report->in_use))
		result = add_warning(report, VERDICT_DEVICE_IN_USE,
				     rules_verdict_text(VERDICT_DEVICE_IN_USE)->summary);
	return result;
}

static int judge_assignable(const struct device_view *view, struct device_report *report,
			    enum access_path access, enum confidence confidence)
{
	int result;

	report->verdict = VERDICT_ASSIGNABLE;
	report->confidence = confidence;
	report->step = STEP_NONE;
	report->err = 0;
	result = add_prices(view, report, access);
	report->outcome = report->n_warnings > 0 ? OUTCOME_WARN : OUTCOME_PASS;
	return result < 0 ? result : wording_fill(report, NULL);
}

/* Nothing is known to block, but the rules in @matches could, were their facts known. */
static int judge_unmeasured(const struct device_view *view, struct device_report *report,
			    const struct rule_match *matches, size_t count)
{
	int result = 0;

	report->outcome = OUTCOME_UNKNOWN;
	report->confidence = CONFIDENCE_POSSIBLE;
	report->verdict = view->host->live && !view->host->root ? VERDICT_NOT_PERMITTED
								: VERDICT_NOT_MEASURED;
	for (size_t i = 0; result == 0 && i < count; i++)
		if (matches[i].rule->outcome == OUTCOME_FAIL)
			result = add_alternative(report, &matches[i]);
	return result < 0 ? result : wording_fill(report, NULL);
}

/* What the same answer can mean as well, by the rule's own word. */
static int add_named_alternatives(struct device_report *report, const struct rule *rule)
{
	const enum verdict *also = rule->also;
	int result = 0;

	for (; result == 0 && also && *also != VERDICT_NONE; also++)
		if (!is_alternative(report, *also))
			result = device_report_add_alternative(
				report, *also, CONFIDENCE_POSSIBLE,
				"the same errno at this step can mean it");
	return result;
}

static int judge_failure(struct device_report *report, const struct rule_match *matches,
			 size_t count, const struct rule_match *deciding)
{
	int result = 0;

	/* OUTCOME_UNKNOWN: the errno is about the caller, and nothing is said about the device. */
	report->outcome = deciding->rule->outcome;
	report->verdict = deciding->rule->verdict;
	report->confidence = deciding->confidence;
	for (size_t i = 0; result == 0 && i < count; i++)
		if (matches[i].rule->outcome == OUTCOME_FAIL)
			result = add_alternative(report, &matches[i]);
	if (result == 0)
		result = add_named_alternatives(report, deciding->rule);
	put_deciding_first(&report->evidence, deciding->rule);
	return result < 0 ? result : wording_fill(report, deciding->rule);
}

int diagnose_passive(const struct device_view *view, struct device_report *report,
		     enum access_path access)
{
	struct rule_match matches[MATCHES_MAX];
	struct rule_query query;
	bool could_block = false;
	size_t count, known = 0;

	report->path = PATH_PASSIVE;
	report->step = STEP_NONE;
	report->err = 0;
	query = query_for(view, report, access);
	count = rules_match(&query, matches, MATCHES_MAX);
	while (known < count && matches[known].unknown_needs == 0)
		known++;
	for (size_t i = 0; i < known; i++)
		if (matches[i].rule->outcome != OUTCOME_WARN)
			return judge_failure(report, matches, known, &matches[i]);
	for (size_t i = known; i < count; i++)
		could_block = could_block || matches[i].rule->outcome == OUTCOME_FAIL;
	if (could_block)
		return judge_unmeasured(view, report, matches + known, count - known);
	return judge_assignable(view, report, access, CONFIDENCE_LIKELY);
}

/* What was seen on the way joins what was known before. */
static void merge_attempt(const struct device_view *view, struct device_report *report,
			  const struct attempt *attempt)
{
	struct evidence_set *set = &report->evidence;
	bool bound = false;

	for (size_t i = 0; i < attempt->n_steps; i++)
		if (attempt->steps[i].step == STEP_SYSFS_DRIVER_OVERRIDE &&
		    attempt->steps[i].finished && attempt->steps[i].err == 0)
			bound = true;
	/* The trial has set the override itself; what stood there before decides nothing now. */
	if (bound)
		set->truth[EVIDENCE_OVERRIDE_ELSEWHERE] = TRUTH_NO;
	if (set->truth[EVIDENCE_RESET_OWN] == TRUTH_YES &&
	    attempt->evidence.truth[EVIDENCE_RESET_OWN] == TRUTH_NO)
		set->truth[EVIDENCE_RESET_FAILED] = TRUTH_YES;
	evidence_set_merge(set, &attempt->evidence);
	for (size_t i = 0; i < attempt->n_log; i++)
		log_evidence_add_line(view, attempt->log[i], set);
	log_evidence_close(set, set->truth[EVIDENCE_LOG_COMPLETE] == TRUTH_YES);
	if (set->truth[EVIDENCE_LOG_ALLOCATION_FAILURE] == TRUTH_YES)
		set->truth[EVIDENCE_MEMORY_LOW] = TRUTH_YES;
}

static int judge_unfinished(struct device_report *report)
{
	report->outcome = OUTCOME_UNKNOWN;
	report->confidence = CONFIDENCE_LIKELY;
	report->err = 0;
	report->verdict = report->step == STEP_SYSFS_UNBIND ? VERDICT_UNBIND_BLOCKED_IN_USE
							    : VERDICT_NOT_MEASURED;
	return wording_fill(report, NULL);
}

/*
 * A kernel without DMA ownership (before 5.18) lets a group that is not viable into a container;
 * the walk ends there, and facts have to say why.
 */
static bool ended_not_viable(const struct device_report *report, const struct attempt *attempt)
{
	const enum truth *truth = report->evidence.truth;

	return !attempt_first_failure(attempt) && !attempt->complete &&
	       truth[EVIDENCE_VIABLE] == TRUTH_NO &&
	       (truth[EVIDENCE_HOST_DRIVER_IN_GROUP] == TRUTH_YES ||
		truth[EVIDENCE_VFIO_HOLDER] == TRUTH_YES);
}

/* In no-IOMMU mode every step succeeds, and no virtual machine can use the device. */
static bool ended_without_iommu(const struct device_report *report, const struct attempt *attempt)
{
	return !attempt_first_failure(attempt) && attempt->complete &&
	       report->evidence.truth[EVIDENCE_NOIOMMU] == TRUTH_YES;
}

/* Once it has left the bus, every answer means that, whichever errno it is. */
static int judge_gone(struct device_report *report)
{
	report->outcome = OUTCOME_FAIL;
	report->verdict = VERDICT_DEVICE_ADDRESS_INVALID;
	report->confidence = CONFIDENCE_CERTAIN;
	return wording_fill(report, NULL);
}

int diagnose_step(const struct device_view *view, struct device_report *report)
{
	struct rule_match matches[MATCHES_MAX];
	struct rule_query query = query_for(view, report, report->path);
	size_t count = rules_match(&query, matches, MATCHES_MAX);

	if (report->evidence.truth[EVIDENCE_DEVICE_GONE] == TRUTH_YES &&
	    (count == 0 || matches[0].rule->verdict != VERDICT_DEVICE_ADDRESS_INVALID))
		return judge_gone(report);
	if (count > 0)
		return judge_failure(report, matches, count, &matches[0]);
	report->outcome = OUTCOME_FAIL;
	report->verdict = VERDICT_UNKNOWN_ANSWER;
	report->confidence = CONFIDENCE_POSSIBLE;
	return wording_fill(report, NULL);
}

static int judge_walk(const struct device_view *view, struct device_report *report,
		      const struct attempt *attempt, bool full)
{
	const struct attempt_step *failure = attempt_first_failure(attempt);
	bool gone = report->evidence.truth[EVIDENCE_DEVICE_GONE] == TRUTH_YES;

	report->path = attempt->path;
	report->step = failure ? failure->step : STEP_NONE;
	report->err = failure ? failure->err : 0;
	if (!failure && attempt->complete && gone)
		return judge_gone(report);
	if (!failure && attempt->complete)
		return judge_assignable(view, report, attempt->path,
					full ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
	if (!failure || !failure->finished)
		return judge_unfinished(report);
	return diagnose_step(view, report);
}

int diagnose_attempt(const struct device_view *view, struct device_report *report, size_t index,
		     bool full)
{
	struct attempt *attempt = &report->attempts[index];
	int result;

	merge_attempt(view, report, attempt);
	if (ended_not_viable(report, attempt) || ended_without_iommu(report, attempt))
		result = diagnose_passive(view, report, attempt->path);
	else
		result = judge_walk(view, report, attempt, full);
	attempt->verdict = report->verdict;
	return result;
}

int diagnose_not_measured(struct device_report *report, enum verdict verdict,
			  enum confidence confidence, const char *why)
{
	report->outcome = OUTCOME_UNKNOWN;
	report->verdict = verdict;
	report->confidence = confidence;
	report->path = PATH_PASSIVE;
	report->step = STEP_NONE;
	report->err = 0;
	if (wording_fill(report, NULL) < 0)
		return -ENOMEM;
	free(report->explanation);
	report->explanation = strdup(why);
	return report->explanation ? 0 : -ENOMEM;
}

int diagnose_refused(struct device_report *report)
{
	report->outcome = OUTCOME_REFUSED;
	report->verdict = VERDICT_DEVICE_IN_USE;
	report->confidence = CONFIDENCE_CERTAIN;
	report->path = PATH_PASSIVE;
	report->step = STEP_NONE;
	report->err = 0;
	return wording_fill(report, NULL);
}

int diagnose_no_iommufd(struct device_report *report)
{
	report->outcome = OUTCOME_FAIL;
	report->verdict = VERDICT_IOMMUFD_MISSING;
	report->confidence = CONFIDENCE_CERTAIN;
	report->path = PATH_IOMMUFD;
	report->step = STEP_IOMMUFD_OPEN;
	report->err = ENOENT;
	evidence_set_add(&report->evidence, EVIDENCE_NONE, TRUTH_NO, SOURCE_SYSFS, "/dev/iommu",
			 "absent");
	return wording_fill(report, NULL);
}
