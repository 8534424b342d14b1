/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/domain_verdict.h"
#include "diagnosis/wording.h"
#include "rules/rules.h"

#define MATCHES_MAX 32

/* A question of another scope was not asked here: its rule says nothing. */
static bool was_asked(const struct rule *rule, const struct evidence_set *evidence)
{
	for (size_t i = 0; i < rule->n_needs; i++) {
		enum evidence id = rule->needs[i].evidence;

		if (evidence->truth[id] == TRUTH_UNKNOWN && !evidence_set_find(evidence, id))
			return false;
	}
	return true;
}

/* Moves the texts of @words, a report that only carried them, to @finding. */
static void take_words(struct domain_finding *finding, struct device_report *words)
{
	finding->summary = words->summary;
	finding->explanation = words->explanation;
	finding->fixes = words->fixes;
	finding->n_fixes = words->n_fixes;
}

/* Which facts @rule lacks, and what they could mean. */
static char *doubt(const struct rule *rule, const struct evidence_set *evidence)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	const char *separator = "";

	if (!out)
		return NULL;
	fputs("Not known: ", out);
	for (size_t i = 0; i < rule->n_needs; i++) {
		const struct observation *seen =
			evidence_set_find(evidence, rule->needs[i].evidence);

		if (evidence->truth[rule->needs[i].evidence] != TRUTH_UNKNOWN)
			continue;
		fprintf(out, "%s%s%s", separator, rule->needs[i].wanted == TRUTH_NO ? "not: " : "",
			evidence_question(rule->needs[i].evidence));
		if (seen)
			fprintf(out, " (%s)", seen->where);
		separator = "; ";
	}
	fprintf(out, ". With that the guest would meet %s.", verdict_id(rule->verdict));
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int add_finding(const struct domain_scope *scope, const struct rule_match *match,
		       const struct evidence_set *evidence, struct domain_report *report)
{
	const struct rule *rule = match->rule;
	bool unknown = match->unknown_needs > 0;
	struct domain_finding *finding = domain_report_add(report, (size_t)(rule - rules_table));
	/* Only carries the facts that the texts ask for; the evidence stays the caller's. */
	struct device_report words = {.group = scope->group, .evidence = *evidence};
	int result;

	if (!finding)
		return -ENOMEM;
	finding->outcome = unknown ? OUTCOME_UNKNOWN : rule->outcome;
	finding->verdict = unknown ? VERDICT_NOT_MEASURED : rule->verdict;
	finding->confidence = match->confidence;
	words.verdict = finding->verdict;
	result = wording_fill(&words, unknown ? NULL : rule);
	take_words(finding, &words);
	if (result == 0 && unknown) {
		free(finding->explanation);
		finding->explanation = doubt(rule, evidence);
		result = finding->explanation ? 0 : -ENOMEM;
	}
	for (size_t i = 0; result == 0 && i < scope->n_devices; i++)
		result = domain_finding_add_device(finding, &scope->devices[i]);
	return result;
}

int diagnose_domain(const struct domain_scope *scope, struct evidence_set *evidence,
		    struct domain_report *report)
{
	struct rule_match matches[MATCHES_MAX];
	const struct rule_query query = {
		.path = PATH_DOMAIN,
		.step = STEP_NONE,
		.kernel_major = scope->host->kernel_major,
		.kernel_minor = scope->host->kernel_minor,
		.driver = scope->iommu ? rules_iommu_driver(scope->iommu) : NULL,
		.evidence = evidence,
	};
	size_t count = rules_match(&query, matches, MATCHES_MAX);
	int result = 0;

	for (size_t i = 0; result == 0 && i < count; i++) {
		/* A price that may not be due is none. */
		if (matches[i].unknown_needs > 0 && matches[i].rule->outcome != OUTCOME_FAIL)
			continue;
		if (was_asked(matches[i].rule, evidence))
			result = add_finding(scope, &matches[i], evidence, report);
	}
	evidence_set_merge(&report->evidence, evidence);
	evidence_set_release(evidence);
	return result;
}
