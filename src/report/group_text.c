/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/group_writer.h"
#include "report/safe_text.h"

static void write_member(const struct text_out *out, const struct pci_node *node,
			 struct device_names *names)
{
	const struct pci_device device = {
		.class_code = node->class_code,
		.vendor = node->vendor,
		.device = node->device,
	};
	struct device_name name = device_names_find(names, &device);
	char address[PCI_ADDRESS_SIZE];

	fprintf(out->file, "  %s  %s", pci_address_format(&node->address, address),
		pci_node_kind(node));
	if (name.model) {
		fputs(", ", out->file);
		safe_text_print(out->file, name.model);
	}
	if (node->vendor.state == FACT_KNOWN && node->device.state == FACT_KNOWN)
		fprintf(out->file, " [%04" PRIx64 ":%04" PRIx64 "]", node->vendor.number,
			node->device.number);
	fputs(" [", out->file);
	if (node->driver.state == FACT_KNOWN)
		safe_text_print(out->file, node->driver.text);
	else
		fputc(node->driver.state == FACT_ABSENT ? '-' : '?', out->file);
	fputs("]\n", out->file);
}

/* Whether an earlier member has the same reason in the same words. */
static bool was_written(const struct group_explanation *explanation, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(explanation->members[i].why, explanation->members[index].why) == 0)
			return true;
	return false;
}

/* The addresses of all members that have the reason of the one at @first. */
static void write_addresses(FILE *file, const struct pci_topology *topology,
			    const struct group_explanation *explanation, size_t first)
{
	for (size_t i = first; i < explanation->n_members; i++) {
		const struct group_member *member = &explanation->members[i];
		char address[PCI_ADDRESS_SIZE];

		if (strcmp(member->why, explanation->members[first].why) == 0)
			fprintf(file, "%s%s", i == first ? "" : ", ",
				pci_address_format(&topology->nodes[member->node].address,
						   address));
	}
}

static void write_reasons(const struct text_out *out, const struct pci_topology *topology,
			  const struct group_explanation *explanation)
{
	text_coloured(out, TEXT_BOLD, "Why:");
	fputc('\n', out->file);
	for (size_t i = 0; i < explanation->n_members; i++) {
		AUTO_FREE char *addresses = NULL;
		size_t size = 0;
		FILE *file;

		if (was_written(explanation, i))
			continue;
		file = open_memstream(&addresses, &size);
		if (!file)
			continue;
		write_addresses(file, topology, explanation, i);
		if (fclose(file) == 0)
			text_wrappedf(out, "  ", 2, "%s: %s.", addresses,
				      explanation->members[i].why);
	}
}

void group_write_text(const struct text_out *out, const struct pci_topology *topology,
		      const struct group_explanation *explanation, struct device_names *names)
{
	fprintf(out->file, "IOMMU group %" PRIu64 ", %zu function%s:\n", explanation->number,
		explanation->n_members, explanation->n_members == 1 ? "" : "s");
	for (size_t i = 0; i < explanation->n_members; i++)
		write_member(out, &topology->nodes[explanation->members[i].node], names);
	if (out->quiet)
		return;
	write_reasons(out, topology, explanation);
	if (explanation->n_members > 1 && explanation->n_endpoints < 2)
		text_wrapped(out, "", 0,
			     "Bridges are no obstacle: the group can be assigned as it is.");
	if (explanation->n_fix > 0) {
		text_coloured(out, TEXT_BOLD, "What would separate them:");
		fputc('\n', out->file);
	}
	for (size_t i = 0; i < explanation->n_fix; i++)
		text_wrappedf(out, "  - ", 4, "%s.", explanation->fix[i]);
	if (explanation->note)
		text_wrappedf(out, "", 0, "Note: %s", explanation->note);
}
