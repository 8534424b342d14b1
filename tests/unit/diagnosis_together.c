/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pairs of devices add up to, and what a joint walk says of one pair. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/together.h"
#include "tests/unit/check.h"

#define PAIRS 3

static const struct pci_address first = {0, 1, 0, 0}, second = {0, 2, 0, 0};

static struct together_report report_of(const enum verdict *verdicts,
					const enum confidence *confidences, unsigned domains)
{
	struct together_report report = {
		.asked = true,
		.domains = domains,
		.pairs = calloc(PAIRS, sizeof(*report.pairs)),
	};

	for (; report.n_pairs < PAIRS && verdicts[report.n_pairs]; report.n_pairs++) {
		report.pairs[report.n_pairs].verdict = verdicts[report.n_pairs];
		report.pairs[report.n_pairs].confidence = confidences[report.n_pairs];
		report.pairs[report.n_pairs].why = strdup("why");
	}
	CHECK_INT(diagnose_together(&report), 0);
	return report;
}

static void pairs_add_up(void)
{
	static const struct {
		enum verdict verdicts[PAIRS];
		enum confidence confidences[PAIRS];
		unsigned domains;
		enum outcome outcome;
		enum verdict verdict;
		enum confidence confidence;
	} cases[] = {
		{{VERDICT_ASSIGNABLE, VERDICT_ASSIGNABLE, VERDICT_ASSIGNABLE},
		 {CONFIDENCE_CERTAIN, CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN},
		 1,
		 OUTCOME_PASS,
		 VERDICT_ASSIGNABLE,
		 CONFIDENCE_LIKELY},
		{{VERDICT_ASSIGNABLE, VERDICT_DOMAIN_INCOMPATIBLE, VERDICT_DOMAIN_INCOMPATIBLE},
		 {CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN, CONFIDENCE_CERTAIN},
		 2,
		 OUTCOME_WARN,
		 VERDICT_DOMAIN_INCOMPATIBLE,
		 CONFIDENCE_CERTAIN},
		/* One that is known to need a domain of its own says enough. */
		{{VERDICT_NOT_MEASURED, VERDICT_DOMAIN_INCOMPATIBLE, VERDICT_NOT_MEASURED},
		 {CONFIDENCE_POSSIBLE, CONFIDENCE_LIKELY, CONFIDENCE_POSSIBLE},
		 0,
		 OUTCOME_WARN,
		 VERDICT_DOMAIN_INCOMPATIBLE,
		 CONFIDENCE_LIKELY},
		{{VERDICT_ASSIGNABLE, VERDICT_NOT_MEASURED, VERDICT_ASSIGNABLE},
		 {CONFIDENCE_CERTAIN, CONFIDENCE_POSSIBLE, CONFIDENCE_CERTAIN},
		 0,
		 OUTCOME_UNKNOWN,
		 VERDICT_NOT_MEASURED,
		 CONFIDENCE_POSSIBLE},
		/* A single device has no pairs. */
		{{0}, {0}, 1, OUTCOME_PASS, VERDICT_ASSIGNABLE, CONFIDENCE_CERTAIN},
		{{0}, {0}, 0, OUTCOME_UNKNOWN, VERDICT_NOT_MEASURED, CONFIDENCE_POSSIBLE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct together_report report =
			report_of(cases[i].verdicts, cases[i].confidences, cases[i].domains);

		CHECK_INT(report.outcome, cases[i].outcome);
		CHECK_INT(report.verdict, cases[i].verdict);
		CHECK_INT(report.confidence, cases[i].confidence);
		CHECK(report.summary && report.explanation);
		CHECK_INT(report.n_fixes > 0, report.outcome == OUTCOME_WARN);
		together_report_release(&report);
	}
}

static void the_cost_is_told(void)
{
	static const enum verdict verdicts[PAIRS] = {VERDICT_DOMAIN_INCOMPATIBLE};
	static const enum confidence confidences[PAIRS] = {CONFIDENCE_CERTAIN};
	struct together_report report = report_of(verdicts, confidences, 2);

	CHECK_STR(report.summary, "The devices need 2 IOMMU domains in one virtual machine");
	CHECK(strstr(report.explanation, "mapped and accounted once for each of the 2 domains"));
	together_report_release(&report);
}

/* Judges the second device of a pair by @attempt, which it releases. */
static struct domain_pair pair_apart(struct attempt *attempt)
{
	struct host_facts host = {.kernel_major = 7, .kernel_minor = 3};
	struct pci_device device = {.address = second};
	struct device_view view = {.host = &host, .device = &device};
	struct domain_pair pair = {.a = first, .b = second};

	CHECK_INT(diagnose_pair_apart(&view, attempt, &pair), 0);
	attempt_release(attempt);
	return pair;
}

static void a_refusal_is_judged(void)
{
	const struct attempt_step own = {STEP_CDEV_ATTACH_HWPT, 0, 1, true, false};
	const struct attempt_step refused = {STEP_CDEV_ATTACH_HWPT, EINVAL, 1, true, true};
	struct attempt iommufd = {.path = PATH_IOMMUFD, .domain = 2};
	struct attempt traced = {.path = PATH_TYPE1, .domain = 2};
	struct attempt unfit = {.path = PATH_IOMMUFD, .domain = 2};
	struct domain_pair pair;

	attempt_add_step(&iommufd, &own);
	attempt_add_step(&iommufd, &refused);
	evidence_set_add(&iommufd.evidence, EVIDENCE_FRESH_DOMAIN, TRUTH_YES, SOURCE_IOCTL, "", "");
	pair = pair_apart(&iommufd);
	CHECK_INT(pair.verdict, VERDICT_DOMAIN_INCOMPATIBLE);
	CHECK_INT(pair.confidence, CONFIDENCE_CERTAIN);
	CHECK(strstr(pair.why, "0000:02:00.0") && strstr(pair.why, "0000:01:00.0"));
	free(pair.why);

	evidence_set_add(&traced.evidence, EVIDENCE_TRACE_ATTACH_SWALLOWED, TRUTH_YES, SOURCE_TRACE,
			 "", "");
	pair = pair_apart(&traced);
	CHECK_INT(pair.verdict, VERDICT_DOMAIN_INCOMPATIBLE);
	CHECK_INT(pair.confidence, CONFIDENCE_CERTAIN);
	free(pair.why);

	/* Refused a fresh domain as well: a fault, and no incompatibility. */
	attempt_add_step(&unfit, &refused);
	evidence_set_add(&unfit.evidence, EVIDENCE_FRESH_DOMAIN, TRUTH_NO, SOURCE_IOCTL, "", "");
	pair = pair_apart(&unfit);
	CHECK(pair.verdict != VERDICT_DOMAIN_INCOMPATIBLE);
	CHECK(pair.verdict != VERDICT_ASSIGNABLE);
	free(pair.why);
}

static void a_joint_failure_is_judged(void)
{
	const struct attempt_step refused = {STEP_GROUP_SET_CONTAINER, ENOSPC, 1, true, false};
	struct host_facts host = {.kernel_major = 6, .kernel_minor = 12};
	struct pci_device device = {
		.address = second,
		.iommu = {FACT_KNOWN, (char *)"dmar0"},
	};
	struct device_view view = {.host = &host, .device = &device};
	struct device_report alone = {.verdict = VERDICT_ASSIGNABLE};
	struct attempt attempt = {.path = PATH_TYPE1};
	struct together_report report = {.asked = true};

	attempt_add_step(&attempt, &refused);
	CHECK_INT(diagnose_joint_failure(&view, &alone, &attempt, &report), 0);
	CHECK_INT(report.outcome, OUTCOME_FAIL);
	CHECK_INT(report.verdict, VERDICT_IOMMU_IDS_EXHAUSTED);
	CHECK_INT(report.step, STEP_GROUP_SET_CONTAINER);
	CHECK_INT(report.err, ENOSPC);
	CHECK_INT(report.domains, 0);
	CHECK(report.summary && report.n_fixes > 0);
	attempt_release(&attempt);
	together_report_release(&report);
}

int main(void)
{
	pairs_add_up();
	the_cost_is_told();
	a_refusal_is_judged();
	a_joint_failure_is_judged();
	return check_result();
}
