/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/recovery_writer.h"

#define NOTHING_WORD "nothing-to-do"
#define NOTHING_DETAIL "no undo record: no trial left anything here"

static enum text_colour result_colour(enum restore_result result)
{
	switch (result) {
	case RESTORE_DONE:
	case RESTORE_GONE:
		return TEXT_GREEN;
	case RESTORE_OWNED:
		return TEXT_YELLOW;
	case RESTORE_CONTESTED:
	case RESTORE_FAILED:
	case RESTORE_BLOCKED:
		break;
	}
	return TEXT_RED;
}

void restore_write_text(const struct text_out *out, const struct recovery_list *list,
			const struct pci_address *untouched, size_t n_untouched,
			const struct trace_recovery *traces)
{
	char address[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < list->n_recoveries; i++) {
		const struct recovery *recovery = &list->recoveries[i];

		text_coloured(out, TEXT_BOLD, pci_address_format(&recovery->address, address));
		fputs("  ", out->file);
		text_coloured(out, result_colour(recovery->result),
			      restore_result_name(recovery->result));
		fputc('\n', out->file);
		if (!out->quiet)
			text_wrapped(out, "  ", 2, recovery->detail);
	}
	for (size_t i = 0; i < n_untouched && !out->quiet; i++)
		fprintf(out->file, "%s  %s\n  %s\n", pci_address_format(&untouched[i], address),
			NOTHING_WORD, NOTHING_DETAIL);
	if (traces->removed > 0 && !out->quiet)
		fprintf(out->file, "Removed the probes of %u interrupted traces.\n",
			traces->removed);
	if (traces->failed > 0)
		fprintf(out->file, "The probes of %u interrupted traces are still there.\n",
			traces->failed);
	if (list->n_recoveries == 0 && n_untouched == 0 && traces->removed + traces->failed == 0 &&
	    !out->quiet)
		fputs("Nothing to restore: there is no undo record.\n", out->file);
}

static void add_result(struct json_out *out, struct json_object *devices,
		       const struct pci_address *address, const char *result, enum truth restored,
		       const char *detail)
{
	struct json_object *device = json_add_object(out, devices, NULL);

	json_add_address(out, device, "address", address);
	json_add_text(out, device, "result", result);
	json_add_truth(out, device, "restored", restored);
	json_add_text(out, device, "detail", detail);
}

int restore_write_json(FILE *file, enum json_form form, const struct recovery_list *list,
		       const struct pci_address *untouched, size_t n_untouched,
		       const struct trace_recovery *traces)
{
	struct json_object *devices, *removed;
	struct json_out out;

	json_out_begin(&out);
	devices = json_add_array(&out, out.root, "devices");
	for (size_t i = 0; i < list->n_recoveries; i++) {
		const struct recovery *recovery = &list->recoveries[i];
		enum truth restored = truth_of(recovery->result == RESTORE_DONE);

		if (recovery->result == RESTORE_GONE)
			restored = TRUTH_UNKNOWN;
		add_result(&out, devices, &recovery->address, restore_result_name(recovery->result),
			   restored, recovery->detail);
	}
	for (size_t i = 0; i < n_untouched; i++)
		add_result(&out, devices, &untouched[i], NOTHING_WORD, TRUTH_UNKNOWN,
			   NOTHING_DETAIL);
	removed = json_add_object(&out, out.root, "traces");
	json_add_number(&out, removed, "removed", traces->removed);
	json_add_number(&out, removed, "failed", traces->failed);
	return json_out_end(&out, file, form);
}
