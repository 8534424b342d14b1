/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What holds for every query whatever the rules say: the order of the answers, one answer
 * per verdict, the caller's limit, and what confidence rests on. And the small parsers
 * beside it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/rules.h"

#define MAX_MATCHES 64

static unsigned n_checks, n_failures;

#define CHECK(condition) check((condition), __LINE__, #condition)

static void check(bool good, int line, const char *text)
{
	n_checks++;
	if (good)
		return;
	n_failures++;
	fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, line, text);
}

static void test_patterns(void)
{
	CHECK(rules_log_pattern_matches("free", "No free domain ids"));
	CHECK(rules_log_pattern_matches("No*ids", "DMAR: No free domain ids"));
	CHECK(rules_log_pattern_matches("*", "anything"));
	CHECK(rules_log_pattern_matches("", ""));
	CHECK(rules_log_pattern_matches("a*a", "aa"));
	CHECK(!rules_log_pattern_matches("a*a", "a"));
	CHECK(!rules_log_pattern_matches("ids*No", "No free domain ids"));
	CHECK(!rules_log_pattern_matches("no free", "No free domain ids"));
	CHECK(!rules_log_pattern_matches("x", ""));
}

static bool driver_is(const char *instance, const char *driver)
{
	const char *got = rules_iommu_driver(instance);

	return got && driver ? strcmp(got, driver) == 0 : got == driver;
}

static void test_drivers(void)
{
	CHECK(driver_is("dmar0", "intel"));
	CHECK(driver_is("ivhd0", "amd"));
	CHECK(driver_is("smmu3.0x0000000009050000", "smmuv3"));
	CHECK(driver_is("smmu.0x00000000e0800000", "smmu"));
	CHECK(driver_is("virtio0", "virtio"));
	CHECK(driver_is("0000:00:01.0", "virtio"));
	CHECK(driver_is("0000:00:01", NULL));
	CHECK(driver_is("s390-iommu.0x000", "s390"));
	CHECK(driver_is("gart", NULL));
	CHECK(driver_is("", NULL));
}

/* Every matched list obeys these, for any query. */
static void check_order(const struct rule_query *query)
{
	struct rule_match all[MAX_MATCHES], one[1];
	size_t n = rules_match(query, all, MAX_MATCHES);

	CHECK(n <= MAX_MATCHES);
	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = all[i].rule;

		CHECK(all[i].confidence >= CONFIDENCE_POSSIBLE);
		CHECK(all[i].confidence <= rule->confidence);
		if (rule->fallback || all[i].unknown_needs > 0)
			CHECK(all[i].confidence == CONFIDENCE_POSSIBLE);
		if (all[0].unknown_needs == 0 && !all[0].rule->fallback)
			CHECK(!rule->fallback);
		for (size_t k = i + 1; k < n; k++) {
			CHECK(all[k].rule->verdict != rule->verdict || query->path == PATH_DOMAIN);
			CHECK(all[k].rule->fallback >= rule->fallback);
		}
		if (i > 0 && !rule->fallback)
			CHECK((all[i - 1].unknown_needs > 0) <= (all[i].unknown_needs > 0));
		if (i > 0 && query->path != PATH_PASSIVE)
			CHECK(rule->fallback || all[i].confidence <= all[i - 1].confidence);
	}
	CHECK(rules_match(query, one, 1) == (n > 0));
	CHECK(n == 0 || one[0].rule == all[0].rule);
	CHECK(rules_match(query, one, 0) == 0);
}

/* Hosts drawn by lot, with a seed of its own, so that a failure can be repeated. */
static void test_any_query(void)
{
	static const char *const drivers[] = {"intel", "amd", "smmuv3", "virtio", NULL};
	static const int minors[] = {1, 5, 12, 18};
	uint32_t lot = 1;

	for (int round = 0; round < 20000; round++) {
		struct evidence_set set = {0};
		struct rule_query query = {.evidence = &set};
		const struct rule *rule;

		for (int i = 0; i < EVIDENCE_COUNT; i++) {
			lot = lot * 1664525 + 1013904223;
			set.truth[i] = (enum truth)((lot >> 24) % 3);
		}
		rule = &rules_table[(lot >> 8) % rules_count];
		query.path = rule->path;
		query.access = rule->access;
		query.step = rule->step;
		query.err = rule->errnos[0] ? rule->errnos[0] : EPROTO;
		query.driver = drivers[(lot >> 16) % 5];
		query.kernel_major = 6;
		query.kernel_minor = minors[(lot >> 20) % 4];
		check_order(&query);
	}
}

/* Whatever the kernel answers at a step of type1, there is an answer of ours. */
static void test_every_errno_has_an_answer(void)
{
	static const struct evidence_set nothing_known;
	struct rule_match best;

	for (int step = STEP_MODULE_LOAD; step <= STEP_CONTAINER_UNMAP_DMA; step++) {
		for (int err = 1; err < 134; err++) {
			struct rule_query query = {.path = PATH_TYPE1, .err = err};

			query.step = (enum step)step;
			query.evidence = &nothing_known;
			CHECK(rules_match(&query, &best, 1) == 1);
		}
	}
}

static bool asks_for_trace(const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_needs; i++)
		if (strncmp(evidence_id(rule->needs[i].evidence), "trace-", 6) == 0)
			return true;
	return false;
}

/* On a kernel that nobody has read, an errno alone is never more than possible. */
static void test_unread_kernel(void)
{
	static const struct evidence_set nothing_known;
	struct rule_match best;

	for (size_t i = 0; i < rules_count; i++) {
		struct rule_query query = {.path = rules_table[i].path,
					   .access = rules_table[i].access,
					   .step = rules_table[i].step,
					   .err = rules_table[i].errnos[0],
					   .kernel_major = 5,
					   .kernel_minor = 15};

		query.evidence = &nothing_known;
		/* A rule about a trace is silent without one. */
		if (asks_for_trace(&rules_table[i]) && rules_match(&query, &best, 1) == 0)
			continue;
		CHECK(rules_match(&query, &best, 1) == 1);
		CHECK(!asks_for_trace(best.rule));
		CHECK(best.confidence == CONFIDENCE_POSSIBLE);
	}
}

int main(void)
{
	test_patterns();
	test_drivers();
	test_any_query();
	test_every_errno_has_an_answer();
	test_unread_kernel();
	printf("%u checks, %u failed\n", n_checks, n_failures);
	return n_failures > 0;
}
