/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "iommu-diag/explain.h"
#include "rules/rules.h"

static int add_way(struct finding *finding, const struct rule *rule)
{
	struct finding_way *way = finding_add_way(finding);

	if (!way)
		return -ENOMEM;
	way->id = rule->id;
	way->path = rule->path;
	way->step = rule->step;
	way->errnos = rule->errnos;
	way->driver = rule->driver;
	way->source = rule->source;
	way->fallback = rule->fallback;
	for (size_t i = 0; i < rule->n_needs; i++)
		if (finding_way_add_need(way, rule->needs[i].evidence, rule->needs[i].wanted) < 0)
			return -ENOMEM;
	return 0;
}

int explain_verdict(enum verdict verdict, struct finding_list *list)
{
	struct finding *finding = finding_list_add(list, verdict, CONFIDENCE_CERTAIN);
	int r = finding ? explain_fill_texts(finding, NULL, NULL, NULL) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < rules_count; i++)
		if (rules_table[i].verdict == verdict)
			r = add_way(finding, &rules_table[i]);
	return r;
}

static bool is_listed(const struct finding_list *list, const struct rule *rule)
{
	for (size_t i = 0; i < list->n_findings; i++)
		if (list->findings[i].n_ways > 0 &&
		    strcmp(list->findings[i].ways[0].id, rule->id) == 0)
			return true;
	return false;
}

static int add_match(const struct rule_match *match, const struct rule_query *query,
		     struct finding_list *list)
{
	const struct rule *rule = match->rule;
	struct finding *finding;

	/* That no rule knows the answer is no explanation of it. */
	if (rule->verdict == VERDICT_UNKNOWN_ANSWER || is_listed(list, rule))
		return 0;
	finding = finding_list_add(list, rule->verdict, match->confidence);
	if (!finding)
		return -ENOMEM;
	finding->step = query->step;
	finding->err = query->err;
	if (explain_fill_texts(finding, rule->summary, rule->explain, rule->fixes) < 0)
		return -ENOMEM;
	return add_way(finding, rule);
}

int explain_step(enum step step, int err, struct finding_list *list)
{
	static const enum access_path paths[] = {PATH_TYPE1, PATH_IOMMUFD};
	static const struct evidence_set nothing_known;
	AUTO_FREE struct rule_match *matches = calloc(rules_count + 1, sizeof(*matches));
	int r = matches ? 0 : -ENOMEM;

	for (size_t p = 0; p < ARRAY_LENGTH(paths); p++) {
		struct rule_query query = {
			.path = paths[p], .step = step, .err = err, .evidence = &nothing_known};
		size_t n = r == 0 ? rules_match(&query, matches, rules_count) : 0;

		for (size_t i = 0; r == 0 && i < n; i++)
			r = add_match(&matches[i], &query, list);
	}
	return r;
}
