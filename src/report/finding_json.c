/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/finding.h"

static void add_ways(struct json_out *out, struct json_object *object,
		     const struct finding *finding)
{
	struct json_object *ways = json_add_array(out, object, "rules");

	for (size_t i = 0; i < finding->n_ways; i++) {
		const struct finding_way *way = &finding->ways[i];
		struct json_object *rule = json_add_object(out, ways, NULL), *array;

		json_add_text(out, rule, "rule", way->id);
		json_add_text(out, rule, "path", access_path_name(way->path));
		json_add_text(out, rule, "step", step_name(way->step));
		array = json_add_array(out, rule, "errno");
		for (const int *err = way->errnos; err && *err; err++)
			json_add_errno(out, array, NULL, *err);
		json_add_text(out, rule, "iommu_driver", way->driver);
		array = json_add_array(out, rule, "needs");
		for (size_t n = 0; n < way->n_needs; n++) {
			const struct finding_need *need = &way->needs[n];
			struct json_object *condition = json_add_object(out, array, NULL);

			json_add_text(out, condition, "evidence", evidence_id(need->evidence));
			json_add_text(out, condition, "question",
				      evidence_question(need->evidence));
			json_add_truth(out, condition, "wanted", need->wanted);
		}
		json_add_bool(out, rule, "fallback", way->fallback);
		json_add_text(out, rule, "source", way->source);
	}
}

/* NULL, and -1: null. */
static void add_place(struct json_out *out, struct json_object *object,
		      const struct pci_address *device, int group)
{
	if (device)
		json_add_address(out, object, "device", device);
	else
		json_add_null(out, object, "device");
	if (group >= 0)
		json_add_number(out, object, "group", group);
	else
		json_add_null(out, object, "group");
}

/* What was asked of this host, and what it ruled out. */
static void add_here(struct json_out *out, const struct finding_list *list)
{
	struct json_object *here, *array, *object;

	if (!list->joined) {
		json_add_null(out, out->root, "here");
		return;
	}
	here = json_add_object(out, out->root, "here");
	array = json_add_array(out, here, "subjects");
	for (size_t i = 0; i < list->n_subjects; i++) {
		const struct finding_subject *subject = &list->subjects[i];

		object = json_add_object(out, array, NULL);
		add_place(out, object, subject->has_device ? &subject->device : NULL,
			  subject->group);
		json_add_text(out, object, "outcome", outcome_name(subject->outcome));
		json_add_text(out, object, "verdict", verdict_id(subject->verdict));
		json_add_text(out, object, "confidence", confidence_name(subject->confidence));
		json_add_text(out, object, "summary", subject->summary);
	}
	array = json_add_array(out, here, "removed");
	for (size_t i = 0; i < list->n_removed; i++) {
		object = json_add_object(out, array, NULL);
		json_add_text(out, object, "verdict", verdict_id(list->removed[i].verdict));
		json_add_evidence(out, object, "evidence", &list->removed[i].joined);
	}
}

static void add_finding(struct json_out *out, struct json_object *findings,
			const struct finding *finding)
{
	struct json_object *object = json_add_object(out, findings, NULL);

	json_add_text(out, object, "verdict", verdict_id(finding->verdict));
	json_add_text(out, object, "confidence", confidence_name(finding->confidence));
	json_add_text(out, object, "summary", finding->summary);
	json_add_text(out, object, "explanation", finding->explanation);
	json_add_texts(out, object, "fix", finding->fixes, finding->n_fixes);
	json_add_text(out, object, "matched", finding->matched);
	if (finding->line > 0)
		json_add_number(out, object, "line", (int64_t)finding->line);
	else
		json_add_null(out, object, "line");
	add_place(out, object, finding->has_device ? &finding->device : NULL, finding->group);
	json_add_text(out, object, "step", step_name(finding->step));
	json_add_errno(out, object, "errno", finding->err);
	json_add_text(out, object, "here", finding_effect_name(finding->effect));
	json_add_evidence(out, object, "evidence", &finding->joined);
	add_ways(out, object, finding);
}

int findings_write_json(FILE *file, enum json_form form, const struct finding_list *list)
{
	struct json_object *findings;
	struct json_out out;

	json_out_begin(&out);
	findings = json_add_array(&out, out.root, "findings");
	for (size_t i = 0; i < list->n_findings; i++)
		add_finding(&out, findings, &list->findings[i]);
	add_here(&out, list);
	return json_out_end(&out, file, form);
}
