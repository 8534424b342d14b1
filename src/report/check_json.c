/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/check_writer.h"
#include "report/domain_writer.h"

static void add_other_verdicts(struct json_out *out, struct json_object *device,
			       const struct device_report *report)
{
	struct json_object *array = json_add_array(out, device, "alternatives");

	for (size_t i = 0; i < report->n_alternatives; i++) {
		const struct alternative *alternative = &report->alternatives[i];
		struct json_object *object = json_add_object(out, array, NULL);

		json_add_text(out, object, "verdict", verdict_id(alternative->verdict));
		json_add_text(out, object, "confidence", confidence_name(alternative->confidence));
		json_add_text(out, object, "why", alternative->why);
	}
	array = json_add_array(out, device, "warnings");
	for (size_t i = 0; i < report->n_warnings; i++) {
		struct json_object *object = json_add_object(out, array, NULL);

		json_add_text(out, object, "verdict", verdict_id(report->warnings[i].verdict));
		json_add_text(out, object, "why", report->warnings[i].why);
	}
}

static struct json_object *add_use(struct json_out *out, struct json_object *array,
				   const struct in_use_item *item)
{
	struct json_object *object = json_add_object(out, array, NULL);

	json_add_text(out, object, "id", in_use_id(item->id));
	json_add_text(out, object, "what", item->what);
	json_add_text(out, object, "evidence", item->evidence);
	return object;
}

static void add_in_use(struct json_out *out, struct json_object *device,
		       const struct device_report *report)
{
	struct json_object *array = json_add_array(out, device, "in_use");

	for (size_t i = 0; i < report->in_use.n_items; i++)
		add_use(out, array, &report->in_use.items[i]);
	array = json_add_array(out, device, "group_in_use");
	for (size_t i = 0; i < report->n_group_in_use; i++) {
		const struct group_use *use = &report->group_in_use[i];

		for (size_t j = 0; j < use->in_use.n_items; j++) {
			struct json_object *object = add_use(out, array, &use->in_use.items[j]);

			json_add_address(out, object, "address", &use->address);
		}
	}
}

/* The walk's own verdict; where nobody judged it, what its steps and the device's verdict
 * say. */
static const char *attempt_verdict(const struct device_report *report,
				   const struct attempt *attempt)
{
	if (attempt->verdict != VERDICT_NONE)
		return verdict_id(attempt->verdict);
	if (attempt->path == report->path)
		return verdict_id(report->verdict);
	if (attempt->complete && !attempt_first_failure(attempt))
		return verdict_id(VERDICT_ASSIGNABLE);
	return NULL;
}

/* One walk: its path, its steps and what the kernel's log said meanwhile. */
static void add_walk(struct json_out *out, struct json_object *object,
		     const struct attempt *attempt, const char *verdict)
{
	struct json_object *steps;

	json_add_text(out, object, "path", access_path_name(attempt->path));
	json_add_text(out, object, "verdict", verdict);
	steps = json_add_array(out, object, "steps");
	for (size_t s = 0; s < attempt->n_steps; s++) {
		const struct attempt_step *step = &attempt->steps[s];
		struct json_object *taken = json_add_object(out, steps, NULL);

		json_add_text(out, taken, "step", step_name(step->step));
		json_add_errno(out, taken, "errno", step->err);
		json_add_number(out, taken, "usec", step->usec);
		json_add_bool(out, taken, "finished", step->finished);
	}
	json_add_texts(out, object, "log", attempt->log, attempt->n_log);
}

static void add_attempts(struct json_out *out, struct json_object *device,
			 const struct device_report *report)
{
	struct json_object *array = json_add_array(out, device, "attempts");

	for (size_t i = 0; i < report->n_attempts; i++)
		add_walk(out, json_add_object(out, array, NULL), &report->attempts[i],
			 attempt_verdict(report, &report->attempts[i]));
}

static void add_device(struct json_out *out, struct json_object *devices,
		       const struct device_report *report)
{
	struct json_object *device = json_add_object(out, devices, NULL);

	json_add_address(out, device, "address", &report->address);
	json_add_fact_number(out, device, "iommu_group", &report->group);
	json_add_fact_text(out, device, "driver", &report->driver);
	json_add_text(out, device, "outcome", outcome_name(report->outcome));
	json_add_text(out, device, "verdict", verdict_id(report->verdict));
	json_add_text(out, device, "confidence", confidence_name(report->confidence));
	json_add_text(out, device, "path", access_path_name(report->path));
	json_add_text(out, device, "default_path",
		      report->default_path == PATH_PASSIVE
			      ? NULL
			      : access_path_name(report->default_path));
	json_add_text(out, device, "step", step_name(report->step));
	json_add_errno(out, device, "errno", report->err);
	json_add_text(out, device, "summary", report->summary);
	json_add_text(out, device, "explanation", report->explanation);
	json_add_texts(out, device, "fix", report->fixes, report->n_fixes);
	json_add_evidence(out, device, "evidence", &report->evidence);
	add_other_verdicts(out, device, report);
	json_add_text(out, device, "note", report->note);
	add_in_use(out, device, report);
	add_attempts(out, device, report);
	json_add_truth(out, device, "restored", report->restored);
	json_add_text(out, device, "restore_detail", report->restore_detail);
}

static void add_pairs(struct json_out *out, struct json_object *object,
		      const struct together_report *report)
{
	struct json_object *array = json_add_array(out, object, "pairs");

	for (size_t i = 0; i < report->n_pairs; i++) {
		const struct domain_pair *pair = &report->pairs[i];
		struct json_object *added = json_add_object(out, array, NULL);

		json_add_address(out, added, "a", &pair->a);
		json_add_address(out, added, "b", &pair->b);
		json_add_text(out, added, "verdict", verdict_id(pair->verdict));
		json_add_text(out, added, "confidence", confidence_name(pair->confidence));
		json_add_text(out, added, "why", pair->why);
	}
}

static void add_joint_attempts(struct json_out *out, struct json_object *object,
			       const struct together_report *report)
{
	struct json_object *array = json_add_array(out, object, "attempts");

	for (size_t i = 0; i < report->n_attempts; i++) {
		const struct joint_attempt *joint = &report->attempts[i];
		struct json_object *added = json_add_object(out, array, NULL);

		json_add_address(out, added, "address", &joint->address);
		if (joint->attempt.domain > 0)
			json_add_number(out, added, "domain", joint->attempt.domain);
		else
			json_add_null(out, added, "domain");
		add_walk(out, added, &joint->attempt, verdict_id(joint->attempt.verdict));
		json_add_evidence(out, added, "evidence", &joint->attempt.evidence);
	}
}

static void add_together(struct json_out *out, const struct together_report *report)
{
	struct json_object *object;

	if (!report->asked) {
		json_add_null(out, out->root, "together");
		return;
	}
	object = json_add_object(out, out->root, "together");
	json_add_text(out, object, "outcome", outcome_name(report->outcome));
	json_add_text(out, object, "verdict", verdict_id(report->verdict));
	json_add_text(out, object, "confidence", confidence_name(report->confidence));
	json_add_text(out, object, "path", access_path_name(report->path));
	json_add_text(out, object, "step", step_name(report->step));
	json_add_errno(out, object, "errno", report->err);
	if (report->domains > 0)
		json_add_number(out, object, "domains", report->domains);
	else
		json_add_null(out, object, "domains");
	add_pairs(out, object, report);
	json_add_text(out, object, "summary", report->summary);
	json_add_text(out, object, "explanation", report->explanation);
	json_add_texts(out, object, "fix", report->fixes, report->n_fixes);
	add_joint_attempts(out, object, report);
}

int check_write_json(FILE *file, enum json_form form, const struct check_report *report)
{
	struct json_object *devices;
	struct json_out out;

	json_out_begin(&out);
	json_add_text(&out, out.root, "kernel", report->kernel);
	devices = json_add_array(&out, out.root, "devices");
	for (size_t i = 0; i < report->n_devices; i++)
		add_device(&out, devices, &report->devices[i]);
	add_together(&out, &report->together);
	domain_write_json(&out, out.root, report->domain.guest ? &report->domain : NULL);
	return json_out_end(&out, file, form);
}
