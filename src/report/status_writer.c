/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/recovery_writer.h"
#include "report/safe_text.h"

static enum truth owner_alive(const struct undo_record *record, bool live)
{
	if (!live)
		return TRUTH_UNKNOWN;
	return truth_of(undo_record_owner_is_alive(record));
}

static enum truth tracer_alive(const struct trace_record *record, bool live)
{
	if (!live)
		return TRUTH_UNKNOWN;
	return truth_of(trace_record_owner_is_alive(record));
}

static void write_record(const struct text_out *out, const struct undo_record *record,
			 enum truth alive)
{
	char address[PCI_ADDRESS_SIZE];

	text_coloured(out, TEXT_BOLD, pci_address_format(&record->address, address));
	if (alive == TRUTH_YES)
		fprintf(out->file, "  a trial runs (worker %d)\n", (int)record->worker_pid);
	else if (alive == TRUTH_NO)
		fprintf(out->file, "  left behind: worker %d is gone\n", (int)record->worker_pid);
	else
		fprintf(out->file, "  worker %d\n", (int)record->worker_pid);
	if (out->quiet)
		return;
	text_wrappedf(out, "  ", 2, "before the trial: driver %s, driver_override %s",
		      record->driver ? record->driver : "none",
		      record->driver_override ? record->driver_override : "none");
	if (alive == TRUTH_NO)
		fputs("  Run: iommu-diag restore\n", out->file);
}

static void write_trace(const struct text_out *out, const struct trace_record *record,
			enum truth alive)
{
	const char *fate = alive == TRUTH_YES  ? "a trial is traced"
			   : alive == TRUTH_NO ? "left behind by a trace"
					       : "of a trace";

	text_coloured(out, TEXT_BOLD, record->names.instance);
	fprintf(out->file, "  %s (worker %d)\n", fate, (int)record->worker_pid);
	if (out->quiet)
		return;
	text_wrappedf(out, "  ", 2, "in tracefs: probes %s, instance %s", record->names.group,
		      record->names.instance);
	if (alive == TRUTH_NO)
		fputs("  Run: iommu-diag restore\n", out->file);
}

void status_write_text(const struct text_out *out, const struct undo_record_list *list,
		       const struct trace_record_list *traces, bool live)
{
	for (size_t i = 0; i < list->n_records; i++)
		write_record(out, &list->records[i], owner_alive(&list->records[i], live));
	for (size_t i = 0; i < traces->n_records; i++)
		write_trace(out, &traces->records[i], tracer_alive(&traces->records[i], live));
	for (size_t i = 0; i < list->n_unreadable; i++)
		text_wrappedf(out, "", 0, "not a record: %s", list->unreadable[i]);
	if (list->n_records == 0 && traces->n_records == 0 && list->n_unreadable == 0 &&
	    !out->quiet)
		fputs("No undo record: nothing is under trial, nothing is left to "
		      "restore.\n",
		      out->file);
}

static void add_traces(struct json_out *out, const struct trace_record_list *traces, bool live)
{
	struct json_object *array = json_add_array(out, out->root, "traces");

	for (size_t i = 0; i < traces->n_records; i++) {
		const struct trace_record *record = &traces->records[i];
		struct json_object *object = json_add_object(out, array, NULL);

		json_add_number(out, object, "worker_pid", record->worker_pid);
		json_add_truth(out, object, "worker_alive", tracer_alive(record, live));
		json_add_text(out, object, "probes", record->names.group);
		json_add_text(out, object, "instance", record->names.instance);
	}
}

int status_write_json(FILE *file, enum json_form form, const struct undo_record_list *list,
		      const struct trace_record_list *traces, bool live)
{
	struct json_object *records;
	struct json_out out;

	json_out_begin(&out);
	records = json_add_array(&out, out.root, "records");
	for (size_t i = 0; i < list->n_records; i++) {
		const struct undo_record *record = &list->records[i];
		struct json_object *object = json_add_object(&out, records, NULL);

		json_add_address(&out, object, "address", &record->address);
		if (record->group >= 0)
			json_add_number(&out, object, "iommu_group", record->group);
		else
			json_add_null(&out, object, "iommu_group");
		json_add_text(&out, object, "driver", record->driver);
		json_add_text(&out, object, "driver_override", record->driver_override);
		json_add_text(&out, object, "trial_driver", record->trial_driver);
		json_add_number(&out, object, "worker_pid", record->worker_pid);
		json_add_truth(&out, object, "worker_alive", owner_alive(record, live));
		json_add_text(&out, object, "boot_id", record->boot_id);
	}
	add_traces(&out, traces, live);
	json_add_texts(&out, out.root, "unreadable", list->unreadable, list->n_unreadable);
	return json_out_end(&out, file, form);
}
