/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "report/domain_writer.h"
#include "report/outcome_word.h"

#define INDENT 2
#define INDENT_ITEM 4
#define INDENT_NUMBERED 7

static void write_findings(const struct text_out *out, const struct domain_report *report)
{
	for (size_t i = 0; i < report->n_findings; i++) {
		const struct domain_finding *finding = &report->findings[i];
		char name[PCI_ADDRESS_SIZE];

		fputs("  ", out->file);
		outcome_write_word(out, finding->outcome);
		fprintf(out->file, "  %s (%s)", verdict_id(finding->verdict),
			confidence_name(finding->confidence));
		for (size_t d = 0; d < finding->n_devices; d++)
			fprintf(out->file, "%s%s", d == 0 ? "  of " : ", ",
				pci_address_format(&finding->devices[d], name));
		fputc('\n', out->file);
		if (out->quiet)
			continue;
		text_wrapped(out, "    ", INDENT_ITEM, finding->summary);
		text_wrapped(out, "    ", INDENT_ITEM, finding->explanation);
		for (size_t f = 0; f < finding->n_fixes; f++) {
			char lead[16];

			snprintf(lead, sizeof(lead), "   %2u. ", (unsigned)(f + 1) % 100);
			text_wrapped(out, lead, INDENT_NUMBERED, finding->fixes[f]);
		}
	}
}

/* What the definition asks for that is no function of this host, and stands in no other list. */
static void write_others(const struct text_out *out, const struct domain_report *report)
{
	const struct guest_domain *guest = report->guest;
	char name[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < guest->n_hostdevs; i++)
		if (report->physical_functions[i])
			text_wrappedf(out, "  ", INDENT_ITEM, "%s is a virtual function of %s",
				      pci_address_format(&guest->hostdevs[i].address, name),
				      report->physical_functions[i]);
	for (size_t i = 0; i < guest->n_hostdevs; i++)
		if (guest->hostdevs[i].uuid)
			text_wrappedf(out, "  ", INDENT_ITEM,
				      "Mediated device %s (line %lu): its driver translates for "
				      "it; nothing of it is measured here.",
				      guest->hostdevs[i].uuid, guest->hostdevs[i].line);
	for (size_t i = 0; i < guest->n_networks; i++)
		text_wrappedf(out, "  ", INDENT_ITEM,
			      "Network '%s' (line %lu): whether it hands out host devices stands "
			      "in libvirt's network, not here.",
			      guest->networks[i].name, guest->networks[i].line);
}

static void write_memory(const struct text_out *out, const struct domain_report *report)
{
	const struct memlock_forecast *memlock = &report->memlock;

	if (memlock->needed.state != FACT_KNOWN)
		return;
	text_wrappedf(out, "  ", INDENT_ITEM,
		      "Pins %" PRIu64 " MiB (%" PRIu64 " address space%s of %" PRIu64 " MiB)",
		      memlock->needed.number >> 20, memlock->spaces,
		      memlock->spaces == 1 ? "" : "s", report->guest->memory.number >> 20);
	if (memlock->limit.state == FACT_KNOWN)
		text_wrappedf(out, "  ", INDENT_ITEM, "May lock %" PRIu64 " MiB (%s)",
			      memlock->limit.number >> 20,
			      memlock->source == MEMLOCK_HARD_LIMIT ? "hard_limit of memtune"
								    : "computed by libvirt");
}

static void write_evidence(const struct text_out *out, const struct evidence_set *evidence)
{
	fputs("  Evidence:\n", out->file);
	for (size_t i = 0; i < evidence->n_observations; i++) {
		const struct observation *seen = &evidence->observations[i];

		text_wrappedf(out, "    ", INDENT_ITEM + 2, "%s: %s: %s",
			      evidence_source_name(seen->source), seen->where,
			      seen->value ? seen->value : "unknown");
	}
}

void domain_write_text(const struct text_out *out, const struct domain_report *report)
{
	const struct guest_domain *guest = report->guest;

	fputs("domain ", out->file);
	text_coloured(out, TEXT_BOLD, guest->name ? guest->name : "without a name");
	fputs("  ", out->file);
	outcome_write_word(out, report->outcome);
	fprintf(out->file, "  %s (%s)\n", verdict_id(report->verdict),
		confidence_name(report->confidence));
	if (guest->n_hostdevs == 0)
		text_wrapped(out, "  ", INDENT, "The domain takes no device of this host.");
	if (!out->quiet)
		write_memory(out, report);
	write_findings(out, report);
	if (!out->quiet)
		write_others(out, report);
	if (out->verbose)
		write_evidence(out, &report->evidence);
}
