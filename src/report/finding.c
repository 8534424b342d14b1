/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/finding.h"

struct finding *finding_list_add(struct finding_list *list, enum verdict verdict,
				 enum confidence confidence)
{
	struct finding *grown = reallocarray(list->findings, list->n_findings + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	list->findings = grown;
	grown[list->n_findings] =
		(struct finding){.verdict = verdict, .confidence = confidence, .group = -1};
	return &grown[list->n_findings++];
}

int finding_add_fix(struct finding *finding, const char *fix)
{
	char **grown = reallocarray(finding->fixes, finding->n_fixes + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	finding->fixes = grown;
	grown[finding->n_fixes] = strdup(fix);
	if (!grown[finding->n_fixes])
		return -ENOMEM;
	finding->n_fixes++;
	return 0;
}

struct finding_way *finding_add_way(struct finding *finding)
{
	struct finding_way *grown =
		reallocarray(finding->ways, finding->n_ways + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	finding->ways = grown;
	grown[finding->n_ways] = (struct finding_way){0};
	return &grown[finding->n_ways++];
}

int finding_way_add_need(struct finding_way *way, enum evidence evidence, enum truth wanted)
{
	struct finding_need *grown = reallocarray(way->needs, way->n_needs + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	way->needs = grown;
	grown[way->n_needs++] = (struct finding_need){evidence, wanted};
	return 0;
}

static void finding_release(struct finding *finding)
{
	free(finding->summary);
	free(finding->explanation);
	free(finding->matched);
	for (size_t i = 0; i < finding->n_fixes; i++)
		free(finding->fixes[i]);
	free(finding->fixes);
	for (size_t i = 0; i < finding->n_ways; i++)
		free(finding->ways[i].needs);
	free(finding->ways);
}

void finding_list_release(struct finding_list *list)
{
	for (size_t i = 0; i < list->n_findings; i++)
		finding_release(&list->findings[i]);
	free(list->findings);
	*list = (struct finding_list){0};
}
