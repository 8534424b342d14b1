/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/together.h"
#include "diagnosis/verdict.h"
#include "diagnosis/wording.h"
#include "rules/rules.h"

static int set_pair(struct domain_pair *pair, enum verdict verdict, enum confidence confidence,
		    const char *why)
{
	pair->verdict = verdict;
	pair->confidence = confidence;
	pair->why = strdup(why);
	return pair->why ? 0 : -ENOMEM;
}

int diagnose_pair_unmeasured(struct domain_pair *pair, const char *why)
{
	return set_pair(pair, VERDICT_NOT_MEASURED, CONFIDENCE_POSSIBLE, why);
}

int diagnose_pair_shared(struct domain_pair *pair, enum confidence confidence, const char *why)
{
	return set_pair(pair, VERDICT_ASSIGNABLE, confidence, why);
}

/* What is judged like a device for a moment: @to gets what the rules need of @from. */
static void borrow(struct device_report *to, const struct pci_device *from)
{
	*to = (struct device_report){
		.address = from->address,
		.group = from->group,
		.driver = {from->driver.state,
			   from->driver.text ? strdup(from->driver.text) : NULL},
	};
}

static const struct attempt_step *find_refusal(const struct attempt *attempt)
{
	for (size_t i = 0; i < attempt->n_steps; i++)
		if (attempt->steps[i].noted && attempt->steps[i].err != 0)
			return &attempt->steps[i];
	return NULL;
}

int diagnose_pair_apart(const struct device_view *view, const struct attempt *attempt,
			struct domain_pair *pair)
{
	const struct attempt_step *refusal = find_refusal(attempt);
	struct device_report judged;
	char name[PCI_ADDRESS_SIZE];
	int result;

	borrow(&judged, view->device);
	/* type1 swallows the refusal, and its step succeeds: there, the trace's word is a fact. */
	if (refusal) {
		judged.path = attempt->path;
		judged.step = refusal->step;
		judged.err = refusal->err;
	}
	evidence_set_merge(&judged.evidence, &attempt->evidence);
	evidence_set_add(&judged.evidence, EVIDENCE_OTHER_DOMAIN, TRUTH_YES, SOURCE_IOCTL,
			 "the domain that was offered", pci_address_format(&pair->a, name));
	result = diagnose_step(view, &judged);
	if (result == 0)
		result = set_pair(pair, judged.verdict, judged.confidence, judged.summary);
	device_report_release(&judged);
	return result;
}

static void add_same(struct evidence_set *set, enum evidence id, enum truth truth, const char *what,
		     const char *a, const char *b)
{
	evidence_set_addf(set, id, truth, SOURCE_SYSFS, what, "%s and %s", a, b);
}

/* What the facts of two IOMMU instances say of a domain of one for the other. */
static void compare_iommus(const char *a, const char *b, enum truth capabilities,
			   struct evidence_set *set)
{
	const char *driver_a = rules_iommu_driver(a), *driver_b = rules_iommu_driver(b);

	add_same(set, EVIDENCE_SAME_IOMMU, truth_of(strcmp(a, b) == 0), "iommu", a, b);
	if (driver_a && driver_b)
		add_same(set, EVIDENCE_SAME_IOMMU_DRIVER, truth_of(strcmp(driver_a, driver_b) == 0),
			 "IOMMU drivers", driver_a, driver_b);
	if (capabilities != TRUTH_UNKNOWN)
		add_same(set, EVIDENCE_SAME_IOMMU_CAPABILITIES, capabilities,
			 "capabilities of the IOMMUs", a, b);
}

/* What the rules left open: one instance, or two that are alike, take one domain. */
static int judge_alike(const struct evidence_set *set, struct domain_pair *pair)
{
	if (set->truth[EVIDENCE_SAME_IOMMU] == TRUTH_YES)
		return diagnose_pair_shared(pair, CONFIDENCE_LIKELY,
					    "Both are behind one IOMMU; only a trial asks the "
					    "kernel.");
	if (set->truth[EVIDENCE_SAME_IOMMU_CAPABILITIES] == TRUTH_YES)
		return diagnose_pair_shared(pair, CONFIDENCE_LIKELY,
					    "Their IOMMUs have the same capabilities; only a trial "
					    "asks the kernel.");
	return diagnose_pair_unmeasured(pair, "Only a trial of both can tell: add --trial.");
}

/* The rule, all of whose needs are known to hold, that tells the IOMMUs apart. */
static bool find_difference(const struct device_view *view, const struct evidence_set *set,
			    struct rule_match *ret)
{
	const struct rule_query query = {
		.path = PATH_PASSIVE,
		.kernel_major = view->host->kernel_major,
		.kernel_minor = view->host->kernel_minor,
		.driver = view->device->iommu.state == FACT_KNOWN
				  ? rules_iommu_driver(view->device->iommu.text)
				  : NULL,
		.evidence = set,
	};

	return rules_match(&query, ret, 1) == 1 && ret->unknown_needs == 0 && ret->rule->summary;
}

int diagnose_pair_passive(const struct device_view *other, const struct device_view *view,
			  enum truth capabilities, struct domain_pair *pair)
{
	const struct fact_text *a = &other->device->iommu, *b = &view->device->iommu;
	struct device_report judged;
	struct rule_match match;
	char name[PCI_ADDRESS_SIZE];
	int result;

	borrow(&judged, view->device);
	evidence_set_add(&judged.evidence, EVIDENCE_OTHER_DOMAIN, TRUTH_YES, SOURCE_SYSFS,
			 "the other device", pci_address_format(&pair->a, name));
	if (a->state == FACT_KNOWN && b->state == FACT_KNOWN)
		compare_iommus(a->text, b->text, capabilities, &judged.evidence);
	if (!find_difference(view, &judged.evidence, &match)) {
		result = judge_alike(&judged.evidence, pair);
	} else {
		AUTO_FREE char *why = wording_expand(&judged, match.rule->summary);

		/* Between a guess and "not measured": the latter. */
		result = !why ? -ENOMEM
			      : set_pair(pair,
					 match.confidence > CONFIDENCE_POSSIBLE
						 ? match.rule->verdict
						 : VERDICT_NOT_MEASURED,
					 match.confidence, why);
	}
	device_report_release(&judged);
	return result;
}

int diagnose_joint_failure(const struct device_view *view, const struct device_report *alone,
			   struct attempt *attempt, struct together_report *report)
{
	struct device_report judged;
	int result;

	borrow(&judged, view->device);
	evidence_set_merge(&judged.evidence, &alone->evidence);
	judged.attempts = attempt;
	judged.n_attempts = 1;
	result = diagnose_attempt(view, &judged, 0, true);
	judged.attempts = NULL;
	judged.n_attempts = 0;
	report->outcome = judged.outcome;
	report->verdict = judged.verdict;
	report->confidence = judged.confidence;
	report->path = judged.path;
	report->step = judged.step;
	report->err = judged.err;
	report->summary = judged.summary;
	report->explanation = judged.explanation;
	report->fixes = judged.fixes;
	report->n_fixes = judged.n_fixes;
	judged.summary = judged.explanation = NULL;
	judged.fixes = NULL;
	judged.n_fixes = 0;
	device_report_release(&judged);
	return result;
}

static const struct domain_pair *find_pair(const struct together_report *report,
					   enum verdict verdict)
{
	for (size_t i = 0; i < report->n_pairs; i++)
		if (report->pairs[i].verdict == verdict)
			return &report->pairs[i];
	return NULL;
}

static int set_texts(struct together_report *report, const char *summary, const char *explanation)
{
	report->summary = strdup(summary);
	report->explanation = strdup(explanation);
	return report->summary && report->explanation ? 0 : -ENOMEM;
}

static int add_fixes(struct together_report *report, const char *const *fixes)
{
	size_t n = 0;

	while (fixes[n])
		n++;
	report->fixes = calloc(n ? n : 1, sizeof(*report->fixes));
	if (!report->fixes)
		return -ENOMEM;
	for (; report->n_fixes < n; report->n_fixes++) {
		report->fixes[report->n_fixes] = strdup(fixes[report->n_fixes]);
		if (!report->fixes[report->n_fixes])
			return -ENOMEM;
	}
	return 0;
}

/* What more than one domain costs, in numbers where they are known. */
static int judge_apart(struct together_report *report)
{
	const struct verdict_text *text = rules_verdict_text(VERDICT_DOMAIN_INCOMPATIBLE);
	AUTO_FREE char *summary = NULL, *explanation = NULL;
	char number[16] = "several";
	int result;

	if (report->domains > 0)
		snprintf(number, sizeof(number), "%u", report->domains);
	report->outcome = OUTCOME_WARN;
	report->verdict = VERDICT_DOMAIN_INCOMPATIBLE;
	if (asprintf(&summary, "The devices need %s IOMMU domains in one virtual machine", number) <
		    0 ||
	    asprintf(&explanation,
		     "%s What it costs: the memory of the guest is mapped and accounted once for "
		     "each of the %s domains, and every map and unmap is done as often.",
		     text->explain, number) < 0)
		return -ENOMEM;
	result = set_texts(report, summary, explanation);
	return result < 0 ? result : add_fixes(report, text->fixes);
}

int diagnose_together(struct together_report *report)
{
	const struct domain_pair *apart = find_pair(report, VERDICT_DOMAIN_INCOMPATIBLE);
	const struct domain_pair *unmeasured = find_pair(report, VERDICT_NOT_MEASURED);

	report->confidence = CONFIDENCE_CERTAIN;
	for (size_t i = 0; i < report->n_pairs; i++)
		if (report->pairs[i].confidence < report->confidence &&
		    (!apart || report->pairs[i].verdict == VERDICT_DOMAIN_INCOMPATIBLE))
			report->confidence = report->pairs[i].confidence;
	if (apart)
		return judge_apart(report);
	if (unmeasured || report->domains == 0) {
		report->outcome = OUTCOME_UNKNOWN;
		report->verdict = VERDICT_NOT_MEASURED;
		report->confidence = CONFIDENCE_POSSIBLE;
		return set_texts(
			report, "Whether the devices can share an IOMMU domain was not measured",
			unmeasured ? unmeasured->why : "The device is not assignable by itself.");
	}
	report->outcome = OUTCOME_PASS;
	report->verdict = VERDICT_ASSIGNABLE;
	return set_texts(report, "The devices can share one IOMMU domain",
			 "The memory of the guest is mapped once for all of them.");
}
