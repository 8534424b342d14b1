/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iommu-diag/explain.h"
#include "iommu-diag/explain_host.h"

/* Different devices and groups of one text that are looked at. */
#define VIEWS_MOST 32

/* From these ranks on a tool or the kernel names the cause: it was so, whatever is now. */
#define RANK_NAMED 70
#define RANK_KERNEL_NAMED 85

/* What the text does not speak of stands below whatever it says. */
#define RANK_FOUND 4

struct join {
	const struct host_root *root;
	struct finding_list *list;
	struct host_view views[VIEWS_MOST];
	size_t n_views;
};

static const struct here_rule *find_rule(enum verdict verdict)
{
	for (size_t i = 0; i < here_rules_count; i++)
		if (here_rules[i].verdict == verdict)
			return &here_rules[i];
	return NULL;
}

static bool same_subject(const struct finding_subject *a, const struct finding_subject *b)
{
	return a->has_device == b->has_device && a->group == b->group &&
	       (!a->has_device || pci_address_equal(&a->device, &b->device));
}

/* What this host shows of @subject; NULL where that is not looked at. */
static const struct host_view *view_of(struct join *join, const struct finding_subject *subject,
				       int *ret)
{
	struct host_view *view;

	for (size_t i = 0; i < join->n_views; i++)
		if (same_subject(&join->views[i].subject, subject))
			return &join->views[i];
	if (join->n_views == VIEWS_MOST)
		return NULL;
	view = &join->views[join->n_views++];
	*ret = host_view_read(join->root, subject, view);
	return *ret == 0 ? view : NULL;
}

static const struct host_view *view_of_finding(struct join *join, const struct finding *finding,
					       int *ret)
{
	struct finding_subject subject = {.has_device = finding->has_device,
					  .device = finding->device,
					  .group = finding->group};

	return view_of(join, &subject, ret);
}

/* The words that `check` has for it are about this very device. */
static int take_words(struct finding *finding, const struct device_report *report)
{
	int r = 0;

	finding_forget_texts(finding);
	finding->summary = strdup(report->summary);
	finding->explanation = strdup(report->explanation);
	if (!finding->summary || !finding->explanation)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < report->n_fixes; i++)
		r = finding_add_fix(finding, report->fixes[i]);
	return r;
}

static int judge(struct join *join, struct finding *finding)
{
	const struct here_rule *rule = find_rule(finding->verdict);
	const struct device_report *report;
	const struct host_view *view;
	int r = 0;

	view = rule ? view_of_finding(join, finding, &r) : NULL;
	if (!view)
		return r;
	if (host_view_proves(view, rule->verdict, rule->proves, rule->n_proves, &finding->joined,
			     &report)) {
		finding->effect = FINDING_PROVED;
		/* Where no step decides, the facts say more than the words. */
		if (report && rule->lasting && finding->step == STEP_NONE)
			finding->confidence = report->confidence;
		return report ? take_words(finding, report) : 0;
	}
	if (host_view_holds(view, rule->refutes, rule->n_refutes, &finding->joined))
		finding->effect = FINDING_CONTRADICTED;
	/* What changes with every bind says nothing where nobody knows whose group it is. */
	else if (!view->common &&
		 host_view_holds(view, rule->doubts, rule->n_doubts, &finding->joined))
		finding->effect =
			finding->rank >= RANK_NAMED ? FINDING_NOT_NOW : FINDING_CONTRADICTED;
	return 0;
}

/* Whether the line of @finding has another meaning that nothing speaks against. */
static bool has_rival(const struct finding_list *list, const struct finding *finding)
{
	for (size_t i = 0; i < list->n_findings; i++) {
		const struct finding *other = &list->findings[i];

		if (other != finding && other->line == finding->line &&
		    other->effect != FINDING_CONTRADICTED)
			return true;
	}
	return false;
}

/* Takes out what cannot have been, as long as something is left that the line can mean. */
static int remove_refuted(struct join *join)
{
	struct finding_list *list = join->list;

	for (size_t i = 0; i < list->n_findings;) {
		struct finding *finding = &list->findings[i];
		const struct here_rule *rule = find_rule(finding->verdict);
		const struct host_view *view = NULL;
		struct finding_removed *removed;
		int r = 0;

		if (finding->effect == FINDING_CONTRADICTED && finding->rank < RANK_KERNEL_NAMED &&
		    has_rival(list, finding))
			view = view_of_finding(join, finding, &r);
		if (r < 0)
			return r;
		if (!view ||
		    !host_view_holds(view, rule->refutes, rule->n_refutes, &finding->joined)) {
			i++;
			continue;
		}
		removed = finding_list_add_removed(list, finding->verdict);
		if (!removed)
			return -ENOMEM;
		removed->joined = finding->joined;
		finding->joined = (struct evidence_set){0};
		finding_list_drop(list, i);
	}
	return 0;
}

static bool is_listed(const struct finding_list *list, enum verdict verdict)
{
	for (size_t i = 0; i < list->n_findings; i++)
		if (list->findings[i].verdict == verdict)
			return true;
	return false;
}

/* Whether @rule's verdict is what the general one often comes from. */
static bool replaces(const struct here_rule *rule, enum verdict general)
{
	for (const enum verdict *v = rule ? rule->narrows : NULL; v && *v != VERDICT_NONE; v++)
		if (*v == general)
			return true;
	return false;
}

/* Whether what the text says of @finding can come from @rule's verdict. */
static bool can_mean(const struct finding *finding, const struct here_rule *rule)
{
	if (replaces(rule, finding->verdict))
		return true;
	for (size_t i = 0; finding->step != STEP_NONE && finding->err && i < rules_count; i++) {
		const struct rule *known = &rules_table[i];

		if (known->step != finding->step || known->verdict != rule->verdict ||
		    known->fallback)
			continue;
		for (const int *err = known->errnos; *err; err++)
			if (*err == finding->err)
				return true;
	}
	return false;
}

/* Adds @verdict with what @from says of the text. */
static struct finding *add_copy(struct finding_list *list, size_t from, enum verdict verdict,
				enum confidence confidence)
{
	struct finding *added = finding_list_add(list, verdict, confidence);
	const struct finding *known;

	if (!added)
		return NULL;
	known = &list->findings[from];
	added->line = known->line;
	added->rank = known->rank;
	added->has_device = known->has_device;
	added->device = known->device;
	added->group = known->group;
	added->step = known->step;
	added->err = known->err;
	added->matched = known->matched ? strdup(known->matched) : NULL;
	return known->matched && !added->matched ? NULL : added;
}

static int narrow(struct join *join, size_t index, const struct here_rule *rule)
{
	struct finding_list *list = join->list;
	const struct device_report *report;
	struct evidence_set why = {0};
	const struct host_view *view;
	struct finding *added;
	int r = 0;

	view = view_of_finding(join, &list->findings[index], &r);
	if (!view ||
	    !host_view_proves(view, rule->verdict, rule->proves, rule->n_proves, &why, &report)) {
		evidence_set_release(&why);
		return r;
	}
	added = add_copy(list, index, rule->verdict, CONFIDENCE_LIKELY);
	if (!added) {
		evidence_set_release(&why);
		return -ENOMEM;
	}
	added->effect = FINDING_NARROWED;
	added->joined = why;
	if (rule->lasting && report)
		added->confidence = report->confidence;
	if (rule->lasting)
		list->findings[index].confidence = CONFIDENCE_POSSIBLE;
	return report ? take_words(added, report) : 0;
}

static int narrow_all(struct join *join)
{
	struct finding_list *list = join->list;
	size_t n = list->n_findings;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		if (list->findings[i].effect == FINDING_PROVED)
			continue;
		for (size_t rule = 0; r == 0 && rule < here_rules_count; rule++)
			if (!is_listed(list, here_rules[rule].verdict) &&
			    can_mean(&list->findings[i], &here_rules[rule]))
				r = narrow(join, i, &here_rules[rule]);
	}
	return r;
}

/* What @finding may claim, and where it stands among the meanings of its line. */
static void weigh(const struct finding_list *list, struct finding *finding)
{
	const struct here_rule *rule = find_rule(finding->verdict);
	unsigned highest = 0, lowest = finding->rank;
	bool rival = false;

	for (size_t i = 0; i < list->n_findings; i++) {
		const struct finding *other = &list->findings[i];

		if (other->line != finding->line || other == finding)
			continue;
		if (other->effect != FINDING_CONTRADICTED) {
			rival = rival || !replaces(rule, other->verdict);
			lowest = other->rank < lowest ? other->rank : lowest;
		}
		if (other->effect != FINDING_PROVED && other->effect != FINDING_NARROWED &&
		    other->rank > highest)
			highest = other->rank;
	}
	if (finding->effect == FINDING_CONTRADICTED) {
		finding->confidence = CONFIDENCE_POSSIBLE;
		finding->rank = rival && lowest > 0 ? lowest - 1 : finding->rank;
	} else if (finding->effect == FINDING_PROVED || finding->effect == FINDING_NARROWED) {
		if (finding->effect == FINDING_PROVED && rule->lasting && !rival &&
		    finding->confidence == CONFIDENCE_LIKELY)
			finding->confidence = CONFIDENCE_CERTAIN;
		else if (finding->confidence < CONFIDENCE_LIKELY)
			finding->confidence = CONFIDENCE_LIKELY;
		finding->rank = highest >= finding->rank ? highest + 1 : finding->rank;
	}
}

static int add_subjects(struct join *join)
{
	for (size_t i = 0; i < join->n_views; i++) {
		const struct host_view *view = &join->views[i];
		const struct device_report *worst = view->problem ? NULL : host_view_worst(view);
		struct finding_subject *subject = finding_list_add_subject(join->list);
		const char *summary = worst ? worst->summary : view->problem;

		if (!subject)
			return -ENOMEM;
		*subject = view->subject;
		/* Of a whole host no single device's verdict is the answer. */
		if (view->common && !view->problem)
			summary = "what all its devices have in common";
		else if (worst) {
			subject->outcome = worst->outcome;
			subject->verdict = worst->verdict;
			subject->confidence = worst->confidence;
		}
		subject->summary = strdup(summary);
		if (!subject->summary)
			return -ENOMEM;
	}
	return 0;
}

/* What stops the devices of the text here, though the text does not speak of it. */
static int add_found(struct join *join)
{
	struct finding_list *list = join->list;

	for (size_t i = 0; i < join->n_views; i++) {
		const struct host_view *view = &join->views[i];
		const struct device_report *worst = host_view_worst(view);
		struct finding *added;
		int r;

		if (view->problem || view->common || !worst || worst->outcome != OUTCOME_FAIL ||
		    is_listed(list, worst->verdict))
			continue;
		added = finding_list_add(list, worst->verdict,
					 worst->confidence < CONFIDENCE_LIKELY ? worst->confidence
									       : CONFIDENCE_LIKELY);
		if (!added)
			return -ENOMEM;
		added->effect = FINDING_FOUND;
		added->rank = RANK_FOUND;
		added->has_device = true;
		added->device = worst->address;
		added->group = view->subject.group;
		r = take_words(added, worst);
		if (r < 0)
			return r;
		host_view_proves(view, worst->verdict, NULL, 0, &added->joined, &worst);
	}
	return 0;
}

/* A line that is known to say nothing stands behind what the host shows. */
static void drop_empty_words(struct finding_list *list)
{
	bool found = false;

	for (size_t i = 0; i < list->n_findings; i++)
		found = found || list->findings[i].effect == FINDING_FOUND;
	for (size_t i = list->n_findings; found && i > 0; i--)
		if (list->findings[i - 1].verdict == VERDICT_UNKNOWN)
			finding_list_drop(list, i - 1);
}

static int join_all(struct join *join, const struct explain_subject *subject)
{
	struct finding_list *list = join->list;
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n_findings; i++)
		r = judge(join, &list->findings[i]);
	if (r == 0)
		r = remove_refuted(join);
	if (r == 0)
		r = narrow_all(join);
	/* A text that nobody recognised may still name what it is about. */
	if (r == 0 && (subject->n_devices == 1 || subject->n_groups == 1)) {
		struct finding_subject named = {.has_device = subject->n_devices == 1,
						.device = subject->device,
						.group = subject->n_groups == 1 ? subject->group
										: -1};

		view_of(join, &named, &r);
	}
	for (size_t i = 0; r == 0 && i < list->n_findings; i++)
		weigh(list, &list->findings[i]);
	if (r == 0)
		r = add_found(join);
	if (r == 0)
		r = add_subjects(join);
	drop_empty_words(list);
	list->joined = true;
	explain_sort(list);
	return r;
}

int explain_join(const struct host_root *root, const struct explain_subject *subject,
		 struct finding_list *list)
{
	struct join *join = calloc(1, sizeof(*join));
	int r;

	if (!join)
		return -ENOMEM;
	join->root = root;
	join->list = list;
	r = join_all(join, subject);
	for (size_t i = 0; i < join->n_views; i++)
		host_view_release(&join->views[i]);
	free(join);
	return r;
}
