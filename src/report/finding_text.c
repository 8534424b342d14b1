/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/finding.h"
#include "report/safe_text.h"

static void write_needs(const struct text_out *out, const struct finding_way *way)
{
	for (size_t i = 0; i < way->n_needs; i++)
		text_wrapped(
			out,
			way->needs[i].wanted == TRUTH_YES ? "      if:     " : "      if not: ", 14,
			evidence_question(way->needs[i].evidence));
	if (way->fallback)
		fputs("      if nothing else explains it\n", out->file);
}

static void write_way(const struct text_out *out, const struct finding_way *way)
{
	char number[ERRNO_WORD_SIZE];

	fprintf(out->file, "    %s", access_path_name(way->path));
	if (way->step != STEP_NONE) {
		fprintf(out->file, ", %s:", step_name(way->step));
		if (!way->errnos || !*way->errnos)
			fputs(" any errno", out->file);
		for (const int *err = way->errnos; err && *err; err++)
			fprintf(out->file, " %s", errno_word(*err, number));
	} else {
		fputs(", from what the host shows", out->file);
	}
	if (way->driver)
		fprintf(out->file, " (IOMMU driver: %s)", way->driver);
	fputc('\n', out->file);
	write_needs(out, way);
	if (out->verbose && way->source)
		text_wrapped(out, "      source: ", 14, way->source);
}

static void write_headline(const struct text_out *out, const struct finding *finding)
{
	const char *confidence = confidence_name(finding->confidence);
	char address[PCI_ADDRESS_SIZE], number[ERRNO_WORD_SIZE];

	text_coloured(out, TEXT_BOLD, verdict_id(finding->verdict));
	if (confidence)
		fprintf(out->file, " (%s)", confidence);
	if (finding->step != STEP_NONE)
		fprintf(out->file, "  at %s", step_name(finding->step));
	/* Many texts name the step and not the errno. */
	if (finding->step != STEP_NONE && finding->err)
		fprintf(out->file, ": %s", errno_word(finding->err, number));
	if (finding->has_device)
		fprintf(out->file, "  %s", pci_address_format(&finding->device, address));
	if (finding->group >= 0)
		fprintf(out->file, "  group %d", finding->group);
	fputc('\n', out->file);
}

static const char *const effect_words[] = {
	[FINDING_PROVED] = "On this host, and it fits:",
	[FINDING_NARROWED] = "On this host, and it is what the text means:",
	[FINDING_CONTRADICTED] = "On this host, and it speaks against it:",
	[FINDING_NOT_NOW] = "On this host it is not so now:",
	[FINDING_FOUND] = "On this host; the text does not speak of it:",
};

static void write_evidence(const struct text_out *out, const struct evidence_set *evidence)
{
	for (size_t i = 0; i < evidence->n_observations; i++)
		text_wrappedf(out, "    ", 6, "%s: %s", evidence->observations[i].where,
			      evidence->observations[i].value ? evidence->observations[i].value
							      : "unknown");
}

static void write_finding(const struct text_out *out, const struct finding *finding)
{
	write_headline(out, finding);
	if (finding->matched) {
		fprintf(out->file, "  Line %zu: ", finding->line);
		safe_text_print(out->file, finding->matched);
		fputc('\n', out->file);
	}
	if (out->quiet)
		return;
	if (finding->summary)
		text_wrapped(out, "  ", 2, finding->summary);
	if (finding->explanation)
		text_wrapped(out, "  ", 2, finding->explanation);
	if (finding->effect != FINDING_ALONE)
		fprintf(out->file, "  %s\n", effect_words[finding->effect]);
	write_evidence(out, &finding->joined);
	if (finding->n_fixes > 0)
		fputs("  What to do:\n", out->file);
	for (size_t i = 0; i < finding->n_fixes; i++) {
		char lead[16];

		snprintf(lead, sizeof(lead), "   %2u. ", (unsigned)(i + 1) % 100);
		text_wrapped(out, lead, 7, finding->fixes[i]);
	}
	if (finding->n_ways > 0)
		fputs("  What leads to it:\n", out->file);
	for (size_t i = 0; i < finding->n_ways; i++)
		write_way(out, &finding->ways[i]);
}

static void write_subject(const struct text_out *out, const struct finding_subject *subject)
{
	const char *verdict = verdict_id(subject->verdict);
	char name[PCI_ADDRESS_SIZE] = "the host";

	if (subject->has_device)
		pci_address_format(&subject->device, name);
	else if (subject->group >= 0)
		snprintf(name, sizeof(name), "group %d", subject->group);
	text_wrappedf(out, "  ", 4, "%s: %s%s%s", name, verdict ? verdict : "nothing known",
		      subject->summary ? ": " : "", subject->summary ? subject->summary : "");
}

/* What this host was asked, and what it ruled out. */
static void write_here(const struct text_out *out, const struct finding_list *list)
{
	fputs("\nThis host says:\n", out->file);
	for (size_t i = 0; i < list->n_subjects; i++)
		write_subject(out, &list->subjects[i]);
	for (size_t i = 0; i < list->n_removed; i++) {
		text_wrappedf(out, "  ", 4, "ruled out: %s", verdict_id(list->removed[i].verdict));
		write_evidence(out, &list->removed[i].joined);
	}
}

void findings_write_text(const struct text_out *out, const struct finding_list *list)
{
	for (size_t i = 0; i < list->n_findings; i++) {
		if (i > 0)
			fputc('\n', out->file);
		write_finding(out, &list->findings[i]);
	}
	if (list->joined && !out->quiet)
		write_here(out, list);
}
