/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "diagnosis/acs_quirk.h"
#include "diagnosis/grouping.h"

/* A bridge that keeps the requester IDs of what is below (quirk_bridge_no_alias). */
#define ASPEED_VENDOR 0x1a03
#define ASPEED_BRIDGE 0x1150

/* One function on its way to a group. */
struct placement {
	const struct pci_topology *topology;
	struct grouping *grouping;
	bool amd_iommu;
	bool unknown;		  /* a fact that decides was missing */
	uint8_t visited[256 / 8]; /* by device and function, of one bus */
};

uint16_t grouping_missing_acs(const struct pci_node *node)
{
	const struct pci_capabilities *capabilities = &node->capabilities;

	if (capabilities->acs.state != FACT_KNOWN)
		return 0;
	/* What the capability lacks is hard-wired or has no use there. */
	return (uint16_t)(ACS_REQUIRED & capabilities->acs.number & ~capabilities->acs_control);
}

static enum truth acs_is_on(const struct pci_node *node)
{
	if (node->capabilities.acs.state == FACT_UNKNOWN)
		return TRUTH_UNKNOWN;
	return truth_of(node->capabilities.acs.state == FACT_KNOWN &&
			grouping_missing_acs(node) == 0);
}

static enum truth is_multifunction(const struct pci_node *node)
{
	if (node->virtual_function)
		return TRUTH_NO;
	return node->address.function > 0 ? TRUTH_YES : node->capabilities.multifunction;
}

enum truth grouping_isolates(const struct pci_node *node, bool amd_iommu)
{
	enum acs_quirk_answer quirk = acs_quirk(node, amd_iommu);
	enum truth multifunction = is_multifunction(node);

	if (node->vendor.state != FACT_KNOWN || node->device.state != FACT_KNOWN)
		return TRUTH_UNKNOWN;
	if (quirk != ACS_QUIRK_NONE)
		return truth_of(quirk == ACS_QUIRK_ISOLATED);
	if (node->capabilities.express != TRUTH_YES)
		return node->capabilities.express;
	switch (node->capabilities.type) {
	case PCI_TO_PCIE_BRIDGE:
	case PCIE_TO_PCI_BRIDGE:
	case PCIE_EVENT_COLLECTOR:
		return TRUTH_NO;
	case PCIE_DOWNSTREAM_PORT:
	case PCIE_ROOT_PORT:
		return acs_is_on(node);
	case PCIE_ENDPOINT:
	case PCIE_UPSTREAM_PORT:
	case PCIE_LEGACY_ENDPOINT:
	case PCIE_INTEGRATED_ENDPOINT:
		if (multifunction != TRUTH_NO)
			return multifunction == TRUTH_YES ? acs_is_on(node) : TRUTH_UNKNOWN;
		break;
	}
	return TRUTH_YES;
}

static const struct pci_node *node_at(const struct placement *placement, int index)
{
	return &placement->topology->nodes[index];
}

/* What could not be told of @index cannot be told of whom it may take along. */
static bool has_group(struct placement *placement, int index)
{
	const struct grouping_step *step = &placement->grouping->steps[index];

	if (step->reason == GROUPING_UNKNOWN)
		placement->unknown = true;
	return step->group >= 0;
}

static struct grouping_step join(const struct placement *placement, enum grouping_reason reason,
				 int with, int obstacle)
{
	return (struct grouping_step){reason, placement->grouping->steps[with].group, with,
				      obstacle};
}

/* Whether the bridge replaces the requester ID of what it passes on. */
static enum truth takes_requester_id(const struct pci_node *bridge)
{
	if (bridge->capabilities.express != TRUTH_YES)
		return truth_not(bridge->capabilities.express);
	if (bridge->capabilities.type == PCIE_TO_PCI_BRIDGE)
		return truth_of(bridge->vendor.number != ASPEED_VENDOR ||
				bridge->device.number != ASPEED_BRIDGE);
	return truth_of(bridge->capabilities.type == PCI_TO_PCIE_BRIDGE);
}

/*
 * pci_for_each_dma_alias(): up to the last bridge that speaks for the function at *@at, which
 * moves there. Returns whether a group was found on the way.
 */
static bool follow_requester_id(struct placement *placement, int *at, struct grouping_step *step)
{
	int owner = node_at(placement, *at)->dma_owner;

	if (owner >= 0) {
		*at = owner;
		if (has_group(placement, owner)) {
			*step = join(placement, GROUPING_OWNER, owner, owner);
			return true;
		}
	}
	for (int bridge = node_at(placement, *at)->parent; bridge >= 0;
	     bridge = node_at(placement, bridge)->parent) {
		enum truth takes = takes_requester_id(node_at(placement, bridge));

		if (takes == TRUTH_UNKNOWN)
			placement->unknown = true;
		if (takes != TRUTH_YES)
			continue;
		*at = bridge;
		if (has_group(placement, bridge)) {
			*step = join(placement, GROUPING_REQUESTER, bridge, bridge);
			return true;
		}
	}
	return false;
}

/* pci_acs_path_enabled() up to the root bus; @ret_obstacle: the first port that does not isolate.
 */
static enum truth path_isolates(const struct placement *placement, int bridge, int *ret_obstacle)
{
	enum truth path = TRUTH_YES;

	for (; bridge >= 0; bridge = node_at(placement, bridge)->parent) {
		enum truth isolates =
			grouping_isolates(node_at(placement, bridge), placement->amd_iommu);

		if (isolates == TRUTH_NO) {
			*ret_obstacle = bridge;
			return TRUTH_NO;
		}
		if (isolates == TRUTH_UNKNOWN)
			path = TRUTH_UNKNOWN;
	}
	return path;
}

/* Up to where the way to the root is isolated. Returns whether a group was found. */
static bool follow_path(struct placement *placement, int *at, struct grouping_step *step)
{
	for (int bridge = node_at(placement, *at)->parent; bridge >= 0;
	     bridge = node_at(placement, bridge)->parent) {
		int obstacle = -1;
		enum truth isolates = path_isolates(placement, bridge, &obstacle);

		if (isolates == TRUTH_UNKNOWN)
			placement->unknown = true;
		if (isolates != TRUTH_NO)
			return false;
		*at = bridge;
		if (has_group(placement, bridge)) {
			*step = join(placement, GROUPING_PATH, bridge, obstacle);
			return true;
		}
	}
	return false;
}

static bool on_one_bus(const struct pci_node *a, const struct pci_node *b)
{
	return a->address.domain == b->address.domain && a->address.bus == b->address.bus;
}

/* Whether one of the two uses the requester ID of the other (pci_devs_are_dma_aliases()). */
static bool are_aliases(const struct pci_node *a, const struct pci_node *b)
{
	uint8_t of_a, of_b;

	dma_alias_quirk(a, &of_a);
	dma_alias_quirk(b, &of_b);
	return a->address.slot == b->address.slot &&
	       ((of_a & 1 << b->address.function) || (of_b & 1 << a->address.function));
}

/* The functions of a bus stand together: the next one after @previous, -1 before and behind. */
static int next_on_bus(const struct placement *placement, int index, int previous)
{
	const struct pci_topology *topology = placement->topology;
	const struct pci_node *node = &topology->nodes[index];
	int next = previous + 1;

	if (previous < 0)
		for (next = index; next > 0 && on_one_bus(node, &topology->nodes[next - 1]);)
			next--;
	if (next == index)
		next++;
	return (size_t)next < topology->n_nodes && on_one_bus(node, &topology->nodes[next]) ? next
											    : -1;
}

static int find_by_function(struct placement *placement, int index);

/* get_pci_alias_group(): returns a function that has a group, or -1. */
static int find_by_alias(struct placement *placement, int index)
{
	const struct pci_address *address = &node_at(placement, index)->address;
	unsigned bit = address->slot << 3 | address->function;

	if (placement->visited[bit / 8] & 1 << bit % 8)
		return -1;
	placement->visited[bit / 8] |= (uint8_t)(1 << bit % 8);
	if (has_group(placement, index))
		return index;
	for (int other = next_on_bus(placement, index, -1); other >= 0;
	     other = next_on_bus(placement, index, other)) {
		int found;

		if (!are_aliases(node_at(placement, index), node_at(placement, other)))
			continue;
		found = find_by_alias(placement, other);
		if (found < 0)
			found = find_by_function(placement, other);
		if (found >= 0)
			return found;
	}
	return -1;
}

/* get_pci_function_alias_group(): the same for functions that are not kept apart. */
static int find_by_function(struct placement *placement, int index)
{
	const struct pci_node *node = node_at(placement, index);
	enum truth multifunction = is_multifunction(node), isolates;

	if (multifunction == TRUTH_NO)
		return -1;
	isolates = grouping_isolates(node, placement->amd_iommu);
	if (multifunction == TRUTH_UNKNOWN || isolates == TRUTH_UNKNOWN)
		placement->unknown = true;
	if (isolates != TRUTH_NO)
		return -1;
	for (int other = next_on_bus(placement, index, -1); other >= 0;
	     other = next_on_bus(placement, index, other)) {
		int found;

		if (node_at(placement, other)->address.slot != node->address.slot)
			continue;
		isolates = grouping_isolates(node_at(placement, other), placement->amd_iommu);
		if (isolates == TRUTH_UNKNOWN)
			placement->unknown = true;
		if (isolates != TRUTH_NO)
			continue;
		found = find_by_alias(placement, other);
		if (found >= 0)
			return found;
	}
	return -1;
}

static struct grouping_step place(const struct pci_topology *topology, struct grouping *grouping,
				  bool amd_iommu, int index)
{
	const struct grouping_step unknown = {GROUPING_UNKNOWN, -1, -1, -1};
	struct placement placement = {topology, grouping, amd_iommu, false, {0}};
	struct grouping_step step = {GROUPING_OWN, index, -1, -1};
	int at = index, found;

	if (!topology->nodes[index].parent_known)
		return unknown;
	if (follow_requester_id(&placement, &at, &step) || follow_path(&placement, &at, &step))
		return placement.unknown ? unknown : step;
	found = find_by_alias(&placement, at);
	if (found >= 0) {
		step = join(&placement, GROUPING_ALIAS, found, at);
	} else {
		found = find_by_function(&placement, at);
		if (found >= 0)
			step = join(&placement, GROUPING_FUNCTION, found, at);
	}
	return placement.unknown ? unknown : step;
}

/* A function and how deep in the tree it is. */
struct depth {
	int index;
	int depth;
};

static int compare_depth(const void *a, const void *b)
{
	const struct depth *x = a, *y = b;

	return x->depth != y->depth ? x->depth - y->depth : x->index - y->index;
}

/* Bridges come before what is below; what another function stands for comes behind that. */
static int depth_of(const struct pci_topology *topology, int index)
{
	int depth = 0, limit = (int)topology->n_nodes;

	while (index >= 0 && depth < limit) {
		const struct pci_node *node = &topology->nodes[index];

		index = node->parent >= 0 ? node->parent : node->dma_owner;
		depth++;
	}
	return depth;
}

int grouping_predict(const struct pci_topology *topology, bool amd_iommu, struct grouping *ret)
{
	size_t n = topology->n_nodes;
	AUTO_FREE struct depth *order = calloc(n + 1, sizeof(*order));
	struct grouping grouping = {calloc(n + 1, sizeof(*grouping.steps)), n};

	*ret = grouping;
	if (!order || !grouping.steps) {
		grouping_release(ret);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		order[i] = (struct depth){(int)i, depth_of(topology, (int)i)};
		grouping.steps[i] = (struct grouping_step){GROUPING_NONE, -1, -1, -1};
	}
	if (n > 1)
		qsort(order, n, sizeof(*order), compare_depth);
	for (size_t i = 0; i < n; i++) {
		int index = order[i].index;

		if (topology->nodes[index].group.state == FACT_KNOWN)
			grouping.steps[index] = place(topology, &grouping, amd_iommu, index);
		else if (topology->nodes[index].group.state == FACT_UNKNOWN)
			grouping.steps[index].reason = GROUPING_UNKNOWN;
	}
	return 0;
}

void grouping_release(struct grouping *grouping)
{
	free(grouping->steps);
	*grouping = (struct grouping){0};
}

enum truth grouping_matches(const struct pci_topology *topology, const struct grouping *grouping,
			    uint64_t number)
{
	int expected = -1;
	bool unknown = false, differs = false;

	for (size_t i = 0; i < topology->n_nodes; i++) {
		const struct grouping_step *step = &grouping->steps[i];

		if (topology->nodes[i].group.state != FACT_KNOWN ||
		    topology->nodes[i].group.number != number)
			continue;
		if (step->group < 0)
			unknown = true;
		else if (expected < 0)
			expected = step->group;
		else if (step->group != expected)
			differs = true;
	}
	for (size_t i = 0; expected >= 0 && i < topology->n_nodes; i++)
		if (grouping->steps[i].group == expected &&
		    topology->nodes[i].group.number != number)
			differs = true;
	return differs ? TRUTH_NO : unknown || expected < 0 ? TRUTH_UNKNOWN : TRUTH_YES;
}
