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

void finding_forget_texts(struct finding *finding)
{
	free(finding->summary);
	free(finding->explanation);
	for (size_t i = 0; i < finding->n_fixes; i++)
		free(finding->fixes[i]);
	free(finding->fixes);
	finding->summary = finding->explanation = NULL;
	finding->fixes = NULL;
	finding->n_fixes = 0;
}

struct finding_removed *finding_list_add_removed(struct finding_list *list, enum verdict verdict)
{
	struct finding_removed *grown =
		reallocarray(list->removed, list->n_removed + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	list->removed = grown;
	grown[list->n_removed] = (struct finding_removed){.verdict = verdict};
	return &grown[list->n_removed++];
}

struct finding_subject *finding_list_add_subject(struct finding_list *list)
{
	struct finding_subject *grown =
		reallocarray(list->subjects, list->n_subjects + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	list->subjects = grown;
	grown[list->n_subjects] = (struct finding_subject){.group = -1};
	return &grown[list->n_subjects++];
}

const char *finding_effect_name(enum finding_effect effect)
{
	static const char *const names[] = {
		[FINDING_ALONE] = NULL,		 [FINDING_PROVED] = "proved",
		[FINDING_NARROWED] = "narrowed", [FINDING_CONTRADICTED] = "contradicted",
		[FINDING_NOT_NOW] = "not-now",	 [FINDING_FOUND] = "found",
	};

	return names[effect];
}

static void finding_release(struct finding *finding)
{
	finding_forget_texts(finding);
	free(finding->matched);
	evidence_set_release(&finding->joined);
	for (size_t i = 0; i < finding->n_ways; i++)
		free(finding->ways[i].needs);
	free(finding->ways);
}

void finding_list_drop(struct finding_list *list, size_t index)
{
	finding_release(&list->findings[index]);
	list->n_findings--;
	memmove(&list->findings[index], &list->findings[index + 1],
		(list->n_findings - index) * sizeof(*list->findings));
}

void finding_list_release(struct finding_list *list)
{
	for (size_t i = 0; i < list->n_findings; i++)
		finding_release(&list->findings[i]);
	free(list->findings);
	for (size_t i = 0; i < list->n_removed; i++)
		evidence_set_release(&list->removed[i].joined);
	free(list->removed);
	for (size_t i = 0; i < list->n_subjects; i++)
		free(list->subjects[i].summary);
	free(list->subjects);
	*list = (struct finding_list){0};
}
