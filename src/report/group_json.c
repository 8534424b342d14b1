/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/group_writer.h"

static const char *reason_name(enum grouping_reason reason)
{
	switch (reason) {
	case GROUPING_OWN:
		return "own";
	case GROUPING_OWNER:
		return "dma-owner";
	case GROUPING_REQUESTER:
		return "bridge-requester-id";
	case GROUPING_PATH:
		return "path-not-isolated";
	case GROUPING_ALIAS:
		return "requester-id-alias";
	case GROUPING_FUNCTION:
		return "functions-not-isolated";
	case GROUPING_UNKNOWN:
	case GROUPING_NONE:
		break;
	}
	return NULL;
}

static void add_node_at(struct json_out *out, struct json_object *parent, const char *key,
			const struct pci_topology *topology, int index)
{
	if (index >= 0)
		json_add_address(out, parent, key, &topology->nodes[index].address);
	else
		json_add_null(out, parent, key);
}

/* What the function has of ACS, and what it lacks of what the kernel asks for. */
static void add_acs(struct json_out *out, struct json_object *parent, const struct pci_node *node)
{
	const struct pci_capabilities *capabilities = &node->capabilities;
	struct json_object *acs;
	char bits[16];

	if (capabilities->acs.state != FACT_KNOWN) {
		json_add_text(out, parent, "acs",
			      capabilities->acs.state == FACT_ABSENT ? "absent" : NULL);
		return;
	}
	acs = json_add_object(out, parent, "acs");
	json_add_text(out, acs, "capability",
		      acs_bits_text((uint16_t)capabilities->acs.number, bits));
	json_add_text(out, acs, "control", acs_bits_text(capabilities->acs_control, bits));
	json_add_text(out, acs, "missing", acs_bits_text(grouping_missing_acs(node), bits));
}

static void add_member(struct json_out *out, struct json_object *members,
		       const struct pci_topology *topology, const struct group_member *member)
{
	struct json_object *object = json_add_object(out, members, NULL);
	const struct pci_node *node = &topology->nodes[member->node];

	json_add_address(out, object, "address", &node->address);
	json_add_text(out, object, "kind", pci_node_kind(node));
	json_add_fact_hex(out, object, "vendor", &node->vendor, 4);
	json_add_fact_hex(out, object, "device", &node->device, 4);
	json_add_fact_text(out, object, "driver", &node->driver);
	json_add_text(out, object, "reason", reason_name(member->step->reason));
	add_node_at(out, object, "with", topology, member->step->with);
	add_node_at(out, object, "obstacle", topology, member->step->obstacle);
	if (member->step->obstacle >= 0)
		add_acs(out, object, &topology->nodes[member->step->obstacle]);
	else
		json_add_null(out, object, "acs");
	json_add_text(out, object, "why", member->why);
}

int group_write_json(FILE *file, enum json_form form, const char *kernel,
		     const struct pci_topology *topology,
		     const struct group_explanation *explanations, size_t n)
{
	struct json_object *groups;
	struct json_out out;

	json_out_begin(&out);
	json_add_text(&out, out.root, "kernel", kernel);
	groups = json_add_array(&out, out.root, "groups");
	for (size_t i = 0; i < n; i++) {
		const struct group_explanation *explanation = &explanations[i];
		struct json_object *group = json_add_object(&out, groups, NULL), *members;

		json_add_number(&out, group, "group", (int64_t)explanation->number);
		json_add_truth(&out, group, "as_predicted", explanation->as_predicted);
		members = json_add_array(&out, group, "members");
		for (size_t j = 0; j < explanation->n_members; j++)
			add_member(&out, members, topology, &explanation->members[j]);
		json_add_texts(&out, group, "fix", explanation->fix, explanation->n_fix);
		json_add_text(&out, group, "note", explanation->note);
	}
	return json_out_end(&out, file, form);
}
