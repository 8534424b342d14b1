/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/group_explanation.h"

static const struct {
	enum acs_bit bit;
	const char *name;
} acs_bits[] = {
	{ACS_SOURCE_VALIDATION, "SV"},
	{ACS_REQUEST_REDIRECT, "RR"},
	{ACS_COMPLETION_REDIRECT, "CR"},
	{ACS_UPSTREAM_FORWARDING, "UF"},
};

char *acs_bits_text(uint16_t acs, char buffer[16])
{
	buffer[0] = '\0';
	for (size_t i = 0; i < ARRAY_LENGTH(acs_bits); i++) {
		if (!(acs & acs_bits[i].bit))
			continue;
		if (*buffer)
			strcat(buffer, " ");
		strcat(buffer, acs_bits[i].name);
	}
	return buffer;
}

/* Adds what @format prints, unless it stands there already. Returns 0 or -ENOMEM. */
static int add_fix(struct group_explanation *explanation, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int add_fix(struct group_explanation *explanation, const char *format, ...)
{
	va_list arguments;
	char *text, **grown;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	for (size_t i = 0; i < explanation->n_fix; i++) {
		if (strcmp(explanation->fix[i], text) == 0) {
			free(text);
			return 0;
		}
	}
	grown = reallocarray(explanation->fix, explanation->n_fix + 1, sizeof(*grown));
	if (!grown) {
		free(text);
		return -ENOMEM;
	}
	explanation->fix = grown;
	grown[explanation->n_fix++] = text;
	return 0;
}

/* Why @node does not isolate, as the end of a sentence. */
static char *obstacle_text(const struct pci_node *node)
{
	const struct pci_capabilities *capabilities = &node->capabilities;
	uint16_t missing = grouping_missing_acs(node);
	char bits[16], *text;
	int length;

	if (capabilities->express == TRUTH_NO)
		length = asprintf(&text, "it is conventional PCI, which knows no ACS");
	else if (capabilities->type == PCIE_TO_PCI_BRIDGE ||
		 capabilities->type == PCI_TO_PCIE_BRIDGE)
		length = asprintf(&text, "a bridge of its type never has ACS");
	else if (capabilities->acs.state == FACT_ABSENT)
		length = asprintf(&text, "it has no ACS capability (needed: SV RR CR UF)");
	else if (missing)
		length = asprintf(&text,
				  "its ACS capability has %s, which are switched off (control "
				  "%#06x)",
				  acs_bits_text(missing, bits), capabilities->acs_control);
	else
		length = asprintf(&text, "the kernel knows that its ACS does not work (a quirk)");
	return length < 0 ? NULL : text;
}

/* The sentence on a member that joined; @with and @obstacle are formatted addresses. */
static char *join_text(const struct pci_topology *topology, const struct grouping_step *step)
{
	const struct pci_node *obstacle =
		step->obstacle >= 0 ? &topology->nodes[step->obstacle] : NULL;
	char with[PCI_ADDRESS_SIZE], name[PCI_ADDRESS_SIZE], *text = NULL;
	AUTO_FREE char *because = obstacle ? obstacle_text(obstacle) : NULL;
	int length = -1;

	if (!obstacle || !because)
		return NULL;
	pci_address_format(&topology->nodes[step->with].address, with);
	pci_address_format(&obstacle->address, name);
	switch (step->reason) {
	case GROUPING_OWNER:
		length = asprintf(&text,
				  "%s stands for it towards the IOMMU: everything in its domain "
				  "uses that requester ID",
				  with);
		break;
	case GROUPING_REQUESTER:
		length = asprintf(&text,
				  "%s, the %s above it, puts a requester ID of its own on what it "
				  "passes on, so the IOMMU cannot tell the devices behind it apart",
				  with, pci_node_kind(obstacle));
		break;
	case GROUPING_PATH:
		length = asprintf(&text,
				  "%s, the %s above it, may turn requests round before the IOMMU "
				  "sees them: %s",
				  name, pci_node_kind(obstacle), because);
		break;
	case GROUPING_ALIAS:
		length = asprintf(&text,
				  "it and %s use one requester ID, by a fault of the hardware that "
				  "the kernel knows",
				  with);
		break;
	case GROUPING_FUNCTION:
		length = asprintf(&text,
				  "%s and %s are functions of one device, and nothing keeps them "
				  "apart: %s",
				  with, name, because);
		break;
	case GROUPING_UNKNOWN:
	case GROUPING_NONE:
	case GROUPING_OWN:
		break;
	}
	return length < 0 ? NULL : text;
}

static char *why_text(const struct pci_topology *topology, const struct grouping_step *step)
{
	switch (step->reason) {
	case GROUPING_UNKNOWN:
	case GROUPING_NONE:
		return strdup("not measured: what decides stands in configuration spaces of which "
			      "only root may read that part");
	case GROUPING_OWN:
		return strdup("the group was made for it; nothing makes it share another one");
	case GROUPING_OWNER:
	case GROUPING_REQUESTER:
	case GROUPING_PATH:
	case GROUPING_ALIAS:
	case GROUPING_FUNCTION:
		break;
	}
	return join_text(topology, step);
}

#define CONFIG_ACS                                                                                 \
	"Switch it on: an option of the firmware setup, often called ACS, or on kernels from "     \
	"6.11 on the parameter pci=config_acs=xx111x1@%s"

/* The ports of the members' ways that have no ACS, each once: "A, B and C". */
static int port_list(const struct pci_topology *topology,
		     const struct group_explanation *explanation, char **ret)
{
	AUTO_FREE bool *listed = calloc(topology->n_nodes + 1, sizeof(*listed));
	size_t size = 0, n = 0;
	FILE *out = open_memstream(ret, &size);

	for (size_t i = 0; out && listed && i < explanation->n_members; i++) {
		const struct grouping_step *step = explanation->members[i].step;
		char name[PCI_ADDRESS_SIZE];

		if (step->reason != GROUPING_PATH || listed[step->obstacle] ||
		    grouping_missing_acs(&topology->nodes[step->obstacle]))
			continue;
		listed[step->obstacle] = true;
		fprintf(out, "%s%s", n++ > 0 ? ", " : "",
			pci_address_format(&topology->nodes[step->obstacle].address, name));
	}
	if (!out || fclose(out) != 0 || !listed)
		return -ENOMEM;
	return 0;
}

static int add_port_fixes(struct group_explanation *explanation,
			  const struct pci_topology *topology)
{
	AUTO_FREE char *ports = NULL;
	int r = port_list(topology, explanation, &ports);

	if (r < 0 || !ports || !*ports)
		return r;
	r = add_fix(explanation,
		    "Use another slot, one that is not below %s; which slots isolate differs from "
		    "board to board: 'iommu-diag group --all' shows it for what is plugged in",
		    ports);
	if (r == 0)
		r = add_fix(explanation,
			    "Look for ACS in the firmware setup; some firmware shows the "
			    "capability only when it is switched on there (on AMD boards together "
			    "with AER)");
	if (r == 0)
		r = add_fix(explanation,
			    "A kernel patched with pcie_acs_override splits the group on paper "
			    "only: the devices still reach each other past the IOMMU, so that a "
			    "guest can read and write what its neighbours do, and no distribution "
			    "supports it");
	return r;
}

static int add_step_fixes(struct group_explanation *explanation,
			  const struct pci_topology *topology, const struct grouping_step *step)
{
	const struct pci_node *obstacle =
		step->obstacle >= 0 ? &topology->nodes[step->obstacle] : NULL;
	char name[PCI_ADDRESS_SIZE];

	if (!obstacle)
		return 0;
	pci_address_format(&obstacle->address, name);
	switch (step->reason) {
	case GROUPING_PATH:
		return grouping_missing_acs(obstacle) ? add_fix(explanation, CONFIG_ACS, name) : 0;
	case GROUPING_REQUESTER:
		return add_fix(
			explanation,
			"Nothing separates what is behind %s: assign all of it to one guest, "
			"or use a PCI Express card in a slot of its own",
			name);
	case GROUPING_OWNER:
		return add_fix(explanation,
			       "Switch %s off in the firmware setup (VMD, RST): its devices then "
			       "appear on the ordinary PCI bus, with requester IDs of their own",
			       name);
	case GROUPING_ALIAS:
	case GROUPING_FUNCTION:
		if (grouping_missing_acs(obstacle))
			return add_fix(explanation, CONFIG_ACS, name);
		return add_fix(explanation,
			       "The functions of %.*s go to one guest together, or stay with the "
			       "host together; ask the vendor whether they are isolated: the "
			       "kernel keeps a list of such devices",
			       (int)(strlen(name) - 2), name);
	case GROUPING_UNKNOWN:
	case GROUPING_NONE:
	case GROUPING_OWN:
		break;
	}
	return 0;
}

static int add_member(struct group_explanation *explanation, const struct pci_topology *topology,
		      const struct grouping *grouping, size_t index)
{
	struct group_member *member = &explanation->members[explanation->n_members];

	member->node = (int)index;
	member->step = &grouping->steps[index];
	member->why = why_text(topology, member->step);
	if (!member->why)
		return -ENOMEM;
	explanation->n_members++;
	return 0;
}

/* Bridges do not count: what has one endpoint needs no separation. */
static int add_fixes(struct group_explanation *explanation, const struct pci_topology *topology)
{
	int r = 0;

	if (explanation->n_endpoints < 2)
		return 0;
	for (size_t i = 0; r == 0 && i < explanation->n_members; i++)
		r = add_step_fixes(explanation, topology, explanation->members[i].step);
	return r < 0 ? r : add_port_fixes(explanation, topology);
}

static int add_note(struct group_explanation *explanation, const char *command_line)
{
	const char *override = command_line ? strstr(command_line, "pcie_acs_override") : NULL;

	if (explanation->as_predicted != TRUTH_NO && !override)
		return 0;
	if (override)
		explanation->note =
			strdup("The kernel command line has pcie_acs_override: a patched "
			       "kernel splits groups by it that the hardware does not "
			       "keep apart.");
	else
		explanation->note = strdup("The kernel did not group as this topology tells: "
					   "it knows something of a device that iommu-diag does "
					   "not, or the topology changed since.");
	return explanation->note ? 0 : -ENOMEM;
}

static bool is_bridge_class(const struct pci_node *node)
{
	return node->class_code.number >> 16 == 0x06;
}

int group_explain(const struct pci_topology *topology, const struct grouping *grouping,
		  uint64_t number, const char *command_line, struct group_explanation *ret)
{
	struct group_explanation explanation = {
		.number = number,
		.members = calloc(topology->n_nodes + 1, sizeof(*explanation.members)),
		.as_predicted = grouping_matches(topology, grouping, number),
	};
	int r = explanation.members ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < topology->n_nodes; i++) {
		const struct pci_node *node = &topology->nodes[i];

		if (node->group.state != FACT_KNOWN || node->group.number != number)
			continue;
		if (node->class_code.state != FACT_KNOWN || !is_bridge_class(node))
			explanation.n_endpoints++;
		r = add_member(&explanation, topology, grouping, i);
	}
	if (r == 0 && explanation.n_members == 0)
		r = -ENOENT;
	if (r == 0)
		r = add_fixes(&explanation, topology);
	if (r == 0)
		r = add_note(&explanation, command_line);
	if (r < 0)
		group_explanation_release(&explanation);
	*ret = explanation;
	return r;
}

void group_explanation_release(struct group_explanation *explanation)
{
	for (size_t i = 0; i < explanation->n_members; i++)
		free(explanation->members[i].why);
	for (size_t i = 0; i < explanation->n_fix; i++)
		free(explanation->fix[i]);
	free(explanation->members);
	free(explanation->fix);
	free(explanation->note);
	*explanation = (struct group_explanation){0};
}
