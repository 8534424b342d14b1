/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "base/cleanup.h"
#include "report/check_writer.h"
#include "report/domain_writer.h"
#include "report/outcome_word.h"
#include "report/safe_text.h"

/* What a person reads at first; the rest stands behind --verbose. */
#define BRIEF_OBSERVATIONS 8

#define INDENT 2
#define INDENT_ITEM 4
#define INDENT_NUMBERED 7

static const char *verdict_word(enum verdict verdict)
{
	const char *id = verdict_id(verdict);

	return id ? id : "-";
}

static void write_headline(const struct text_out *out, const struct device_report *device)
{
	char address[PCI_ADDRESS_SIZE], number[ERRNO_WORD_SIZE];
	const char *confidence = confidence_name(device->confidence);

	text_coloured(out, TEXT_BOLD, pci_address_format(&device->address, address));
	fputs("  ", out->file);
	outcome_write_word(out, device->outcome);
	fputs("  ", out->file);
	text_coloured(out, TEXT_BOLD, verdict_word(device->verdict));
	if (confidence)
		fprintf(out->file, " (%s)", confidence);
	if (device->step != STEP_NONE)
		fprintf(out->file, "  at %s: %s", step_name(device->step),
			device->err ? errno_word(device->err, number) : "no answer");
	fputc('\n', out->file);
}

static void write_evidence(const struct text_out *out, const struct evidence_set *evidence)
{
	size_t shown = evidence->n_observations;

	if (shown == 0)
		return;
	if (!out->verbose && shown > BRIEF_OBSERVATIONS)
		shown = BRIEF_OBSERVATIONS;
	fputs("  Evidence:\n", out->file);
	for (size_t i = 0; i < shown; i++) {
		const struct observation *seen = &evidence->observations[i];

		text_wrappedf(out, "    ", INDENT_ITEM + 2, "%s: %s: %s",
			      evidence_source_name(seen->source), seen->where,
			      seen->value ? seen->value : "unknown");
	}
	if (shown < evidence->n_observations)
		fprintf(out->file, "    (%zu more with --verbose)\n",
			evidence->n_observations - shown);
}

static void write_use(const struct text_out *out, const struct device_report *device)
{
	bool titled = false;

	if (device->in_use.n_items > 0)
		fputs(in_use_list_is_known(&device->in_use) ? "  The host uses it:\n"
							    : "  Whether the host uses it:\n",
		      out->file);
	for (size_t i = 0; i < device->in_use.n_items; i++) {
		const struct in_use_item *item = &device->in_use.items[i];

		text_wrappedf(out, "    ", INDENT_ITEM, "%s: %s (%s)", in_use_id(item->id),
			      item->what, item->evidence);
	}
	for (size_t i = 0; i < device->n_group_in_use; i++) {
		const struct group_use *use = &device->group_in_use[i];
		char address[PCI_ADDRESS_SIZE];

		if (use->in_use.n_items > 0 && !titled)
			fputs("  With the group the host loses also:\n", out->file);
		titled = titled || use->in_use.n_items > 0;
		for (size_t j = 0; j < use->in_use.n_items; j++)
			text_wrappedf(out, "    ", INDENT_ITEM, "%s: %s: %s (%s)",
				      pci_address_format(&use->address, address),
				      in_use_id(use->in_use.items[j].id), use->in_use.items[j].what,
				      use->in_use.items[j].evidence);
	}
}

static void write_other_verdicts(const struct text_out *out, const struct device_report *device)
{
	if (device->n_warnings > 0) {
		text_coloured(out, TEXT_YELLOW, "  Warnings:");
		fputc('\n', out->file);
	}
	for (size_t i = 0; i < device->n_warnings; i++)
		text_wrappedf(out, "    ", INDENT_ITEM, "%s: %s",
			      verdict_word(device->warnings[i].verdict), device->warnings[i].why);
	write_use(out, device);
	if (device->n_alternatives > 0)
		fputs("  It could also be:\n", out->file);
	for (size_t i = 0; i < device->n_alternatives; i++) {
		const struct alternative *alternative = &device->alternatives[i];
		const char *confidence = confidence_name(alternative->confidence);

		text_wrappedf(out, "    ", INDENT_ITEM, "%s (%s): %s",
			      verdict_word(alternative->verdict),
			      confidence ? confidence : "possible", alternative->why);
	}
}

static void write_steps(const struct text_out *out, const struct attempt *attempt)
{
	char number[ERRNO_WORD_SIZE];

	fprintf(out->file, "  Steps (%s):\n", access_path_name(attempt->path));
	for (size_t i = 0; i < attempt->n_steps; i++) {
		const struct attempt_step *step = &attempt->steps[i];
		const char *answer = "ok";

		if (!step->finished)
			answer = "no answer";
		else if (step->err)
			answer = errno_word(step->err, number);
		fprintf(out->file, "    %-28s %-12s %8" PRIu32 " us\n", step_name(step->step),
			answer, step->usec);
	}
	for (size_t i = 0; i < attempt->n_log; i++)
		text_wrapped(out, "    log: ", INDENT_ITEM + 5, attempt->log[i]);
}

static void write_restored(const struct text_out *out, const struct device_report *device)
{
	if (device->restored == TRUTH_YES && out->verbose)
		fputs("  Put back: yes, driver and driver_override read back\n", out->file);
	if (device->restored != TRUTH_NO)
		return;
	text_coloured(out, TEXT_RED, "  NOT PUT BACK:");
	fputc('\n', out->file);
	text_wrapped(out, "    ", INDENT_ITEM,
		     device->restore_detail ? device->restore_detail
					    : "the device is not as it was before the trial");
	if (!device->gone)
		fputs("    Run: iommu-diag restore\n", out->file);
}

static void write_fixes(const struct text_out *out, char *const *fixes, size_t n_fixes)
{
	if (n_fixes > 0)
		fputs("  What to do:\n", out->file);
	for (size_t i = 0; i < n_fixes; i++) {
		char lead[16];

		snprintf(lead, sizeof(lead), "   %2u. ", (unsigned)(i + 1) % 100);
		text_wrapped(out, lead, INDENT_NUMBERED, fixes[i]);
	}
}

static void write_device(const struct text_out *out, const struct device_report *device)
{
	write_headline(out, device);
	if (out->quiet) {
		if (device->restored == TRUTH_NO)
			write_restored(out, device);
		return;
	}
	if (device->summary)
		text_wrapped(out, "  ", INDENT, device->summary);
	if (device->explanation)
		text_wrapped(out, "  ", INDENT, device->explanation);
	write_fixes(out, device->fixes, device->n_fixes);
	if (device->note)
		text_wrappedf(out, "  ", INDENT, "Note: %s", device->note);
	write_evidence(out, &device->evidence);
	write_other_verdicts(out, device);
	if (out->verbose)
		for (size_t i = 0; i < device->n_attempts; i++)
			write_steps(out, &device->attempts[i]);
	write_restored(out, device);
}

static void write_pairs(const struct text_out *out, const struct together_report *together)
{
	char a[PCI_ADDRESS_SIZE], b[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < together->n_pairs; i++) {
		const struct domain_pair *pair = &together->pairs[i];
		const char *confidence = confidence_name(pair->confidence);

		text_wrappedf(out, "    ", INDENT_ITEM + 2, "%s and %s: %s (%s): %s",
			      pci_address_format(&pair->a, a), pci_address_format(&pair->b, b),
			      verdict_word(pair->verdict), confidence ? confidence : "possible",
			      pair->why);
	}
}

static void write_together(const struct text_out *out, const struct together_report *together)
{
	const char *confidence = confidence_name(together->confidence);
	char number[ERRNO_WORD_SIZE];

	text_coloured(out, TEXT_BOLD, "together");
	fputs("  ", out->file);
	outcome_write_word(out, together->outcome);
	fputs("  ", out->file);
	text_coloured(out, TEXT_BOLD, verdict_word(together->verdict));
	if (confidence)
		fprintf(out->file, " (%s)", confidence);
	if (together->step != STEP_NONE)
		fprintf(out->file, "  at %s: %s", step_name(together->step),
			together->err ? errno_word(together->err, number) : "no answer");
	if (together->domains > 0)
		fprintf(out->file, "  IOMMU domains: %u", together->domains);
	fputc('\n', out->file);
	if (out->quiet)
		return;
	if (together->summary)
		text_wrapped(out, "  ", INDENT, together->summary);
	if (together->explanation)
		text_wrapped(out, "  ", INDENT, together->explanation);
	write_fixes(out, together->fixes, together->n_fixes);
	write_pairs(out, together);
	for (size_t i = 0; out->verbose && i < together->n_attempts; i++) {
		char address[PCI_ADDRESS_SIZE];

		fprintf(out->file, "  %s:\n",
			pci_address_format(&together->attempts[i].address, address));
		write_steps(out, &together->attempts[i].attempt);
	}
}

static void write_total(const struct text_out *out, const struct check_report *report)
{
	size_t counts[OUTCOME_REFUSED + 1] = {0};

	for (size_t i = 0; i < report->n_devices; i++)
		counts[report->devices[i].outcome]++;
	fprintf(out->file,
		"\n%zu devices: %zu pass, %zu warn, %zu fail, %zu refused, %zu unknown\n",
		report->n_devices, counts[OUTCOME_PASS], counts[OUTCOME_WARN], counts[OUTCOME_FAIL],
		counts[OUTCOME_REFUSED], counts[OUTCOME_UNKNOWN]);
}

void check_write_text(const struct text_out *out, const struct check_report *report)
{
	if (report->domain.guest)
		domain_write_text(out, &report->domain);
	for (size_t i = 0; i < report->n_devices; i++) {
		if ((i > 0 || report->domain.guest) && !out->quiet)
			fputc('\n', out->file);
		write_device(out, &report->devices[i]);
	}
	if (report->together.asked) {
		if (!out->quiet)
			fputc('\n', out->file);
		write_together(out, &report->together);
	}
	if (report->n_devices > 1 && !out->quiet)
		write_total(out, report);
}
