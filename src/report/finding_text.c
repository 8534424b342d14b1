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
		fprintf(out->file, "  at %s: %s", step_name(finding->step),
			finding->err ? errno_word(finding->err, number) : "no answer");
	if (finding->has_device)
		fprintf(out->file, "  %s", pci_address_format(&finding->device, address));
	if (finding->group >= 0)
		fprintf(out->file, "  group %d", finding->group);
	fputc('\n', out->file);
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

void findings_write_text(const struct text_out *out, const struct finding_list *list)
{
	for (size_t i = 0; i < list->n_findings; i++) {
		if (i > 0)
			fputc('\n', out->file);
		write_finding(out, &list->findings[i]);
	}
}
