/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/group_explanation.h"
#include "report/graph_writer.h"
#include "report/safe_text.h"

/* Light enough for black words on them, and apart for most eyes (Okabe and Ito's hues). */
#define FILL_GOOD "#b7e3d4"
#define FILL_PRICE "#f6dfa4"
#define FILL_BAD "#f2b8a0"
#define FILL_UNKNOWN "#dddddd"
#define FILL_BRIDGE "#ffffff"
#define PEN_OPEN "#d55e00"

/* What one graph is written from. */
struct graph {
	FILE *file;
	const struct pci_topology *topology;
	const struct check_report *report;
	bool amd_iommu;
	struct device_names *names;
};

/* @text within a quoted string of DOT. */
static void write_quoted(FILE *file, const char *text)
{
	AUTO_FREE char *safe = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&safe, &size);

	if (!out)
		return;
	safe_text_print(out, text);
	if (fclose(out) != 0)
		return;
	for (const char *c = safe; *c; c++) {
		if (*c == '"' || *c == '\\')
			fputc('\\', file);
		fputc(*c, file);
	}
}

static const struct device_report *find_report(const struct graph *graph,
					       const struct pci_address *address)
{
	for (size_t i = 0; i < graph->report->n_devices; i++)
		if (pci_address_equal(&graph->report->devices[i].address, address))
			return &graph->report->devices[i];
	return NULL;
}

static const char *fill_of(const struct device_report *report)
{
	if (!report)
		return FILL_BRIDGE;
	switch (report->outcome) {
	case OUTCOME_PASS:
		return FILL_GOOD;
	case OUTCOME_WARN:
		return FILL_PRICE;
	case OUTCOME_FAIL:
		return FILL_BAD;
	case OUTCOME_UNKNOWN:
	case OUTCOME_REFUSED:
		break;
	}
	return FILL_UNKNOWN;
}

static bool is_port(const struct pci_node *node)
{
	return node->class_code.state == FACT_KNOWN && node->class_code.number >> 8 == 0x0604;
}

/* What a port lacks, in its box; nothing where it isolates. Returns whether it does not. */
static bool write_isolation(const struct graph *graph, const struct pci_node *node)
{
	char bits[16];

	if (!is_port(node) || grouping_isolates(node, graph->amd_iommu) != TRUTH_NO)
		return false;
	fputs("\\n", graph->file);
	if (grouping_missing_acs(node))
		fprintf(graph->file, "ACS off: %s",
			acs_bits_text(grouping_missing_acs(node), bits));
	else
		fputs("no ACS", graph->file);
	return true;
}

static void write_node(const struct graph *graph, const struct pci_node *node)
{
	const struct device_report *report = find_report(graph, &node->address);
	const struct pci_device device = {
		.class_code = node->class_code,
		.vendor = node->vendor,
		.device = node->device,
	};
	struct device_name name = device_names_find(graph->names, &device);
	char address[PCI_ADDRESS_SIZE];
	bool open_port;

	pci_address_format(&node->address, address);
	fprintf(graph->file, "    \"%s\" [label=\"%s\\n", address, address);
	write_quoted(graph->file, name.model ? name.model : pci_node_kind(node));
	fputs("\\n[", graph->file);
	write_quoted(graph->file, node->driver.state == FACT_KNOWN ? node->driver.text : "-");
	fputc(']', graph->file);
	if (report && report->verdict)
		fprintf(graph->file, "\\n%s%s", verdict_id(report->verdict),
			report->outcome == OUTCOME_WARN ? ", with warnings" : "");
	open_port = write_isolation(graph, node);
	fprintf(graph->file, "\", fillcolor=\"%s\"%s];\n", fill_of(report),
		open_port ? ", color=\"" PEN_OPEN "\", penwidth=3, style=\"filled,dashed\"" : "");
}

/* Every function of the group of the one at @first, or of no group, each group once. */
static void write_group(const struct graph *graph, size_t first)
{
	const struct pci_node *nodes = graph->topology->nodes;
	const struct fact_number *group = &nodes[first].group;

	if (group->state == FACT_KNOWN)
		fprintf(graph->file,
			"  subgraph cluster_%" PRIu64 " {\n    label=\"IOMMU group %" PRIu64
			"\";\n",
			group->number, group->number);
	for (size_t i = first; i < graph->topology->n_nodes; i++) {
		if (group->state == FACT_KNOWN ? nodes[i].group.state == FACT_KNOWN &&
							 nodes[i].group.number == group->number
					       : i == first)
			write_node(graph, &nodes[i]);
	}
	if (group->state == FACT_KNOWN)
		fputs("  }\n", graph->file);
}

static bool was_written(const struct graph *graph, size_t index)
{
	const struct pci_node *nodes = graph->topology->nodes;

	if (nodes[index].group.state != FACT_KNOWN)
		return false;
	for (size_t i = 0; i < index; i++)
		if (nodes[i].group.state == FACT_KNOWN &&
		    nodes[i].group.number == nodes[index].group.number)
			return true;
	return false;
}

/* The line from the bridge above, or from the root bus. */
static void write_edge(const struct graph *graph, const struct pci_node *node)
{
	char address[PCI_ADDRESS_SIZE], above[PCI_ADDRESS_SIZE];
	int parent = node->parent >= 0 ? node->parent : node->dma_owner;

	pci_address_format(&node->address, address);
	if (parent >= 0)
		pci_address_format(&graph->topology->nodes[parent].address, above);
	else if (node->parent_known)
		snprintf(above, sizeof(above), "%04x:%02x", node->address.domain,
			 node->address.bus);
	else
		return;
	fprintf(graph->file, "  \"%s\" -> \"%s\";\n", above, address);
}

/* The meaning of the colours, as part of the picture. */
static void write_legend(FILE *file)
{
	fputs("  subgraph cluster_legend {\n    label=\"what the colours mean\";\n"
	      "    legend_good [label=\"assignable\", fillcolor=\"" FILL_GOOD "\"];\n"
	      "    legend_price [label=\"assignable, with warnings\", fillcolor=\"" FILL_PRICE
	      "\"];\n"
	      "    legend_bad [label=\"not assignable\", fillcolor=\"" FILL_BAD "\"];\n"
	      "    legend_unknown [label=\"not measured\", fillcolor=\"" FILL_UNKNOWN "\"];\n"
	      "    legend_open [label=\"keeps nothing apart\", fillcolor=\"" FILL_BRIDGE
	      "\", color=\"" PEN_OPEN "\", penwidth=3, style=\"filled,dashed\"];\n  }\n",
	      file);
}

int graph_write_dot(FILE *file, const struct pci_topology *topology,
		    const struct check_report *report, bool amd_iommu, struct device_names *names)
{
	const struct graph graph = {file, topology, report, amd_iommu, names};

	fputs("digraph iommu_groups {\n"
	      "  rankdir=LR;\n"
	      "  fontname=\"sans-serif\";\n"
	      "  node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\"];\n"
	      "  edge [arrowhead=none];\n",
	      file);
	for (size_t i = 0; i < topology->n_nodes; i++)
		if (!was_written(&graph, i))
			write_group(&graph, i);
	for (size_t i = 0; i < topology->n_nodes; i++)
		write_edge(&graph, &topology->nodes[i]);
	write_legend(file);
	fputs("}\n", file);
	return 0;
}
