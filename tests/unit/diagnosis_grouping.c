/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "base/cleanup.h"
#include "diagnosis/acs_quirk.h"
#include "diagnosis/group_explanation.h"
#include "tests/unit/check.h"

/* A function at @bus:@slot.@function below @parent, in group @group. */
static struct pci_node node(uint8_t bus, uint8_t slot, uint8_t function, int parent, uint64_t group)
{
	return (struct pci_node){
		.address = {0, bus, slot, function},
		.class_code = {FACT_KNOWN, 0x020000},
		.vendor = {FACT_KNOWN, 0x1234},
		.device = {FACT_KNOWN, 0x0001},
		.group = {FACT_KNOWN, group},
		.capabilities = {TRUTH_YES, PCIE_ENDPOINT, TRUTH_NO, {FACT_ABSENT, 0}, 0, 0},
		.parent = parent,
		.dma_owner = -1,
		.parent_known = true,
	};
}

/* A port at @bus:@slot.@function; @control: what of its ACS is on, -1: it has none. */
static struct pci_node port(uint8_t bus, uint8_t slot, uint8_t function, int parent, uint64_t group,
			    enum pcie_type type, int control)
{
	struct pci_node made = node(bus, slot, function, parent, group);

	made.class_code.number = 0x060400;
	made.capabilities.type = (uint8_t)type;
	if (control >= 0) {
		made.capabilities.acs = (struct fact_number){FACT_KNOWN, 0x1f};
		made.capabilities.acs_control = (uint16_t)control;
	}
	return made;
}

static struct grouping predict(struct pci_node *nodes, size_t n, bool amd_iommu)
{
	const struct pci_topology topology = {nodes, n};
	struct grouping grouping;

	CHECK_INT(grouping_predict(&topology, amd_iommu, &grouping), 0);
	return grouping;
}

static void test_path(void)
{
	struct pci_node nodes[] = {
		port(0, 1, 0, -1, 1, PCIE_ROOT_PORT, 0x1d),
		port(0, 2, 0, -1, 2, PCIE_ROOT_PORT, -1),
		port(0, 3, 0, -1, 3, PCIE_ROOT_PORT, 0x05),
		node(1, 0, 0, 0, 4),
		node(2, 0, 0, 1, 2),
		node(3, 0, 0, 2, 3),
	};
	const struct pci_topology topology = {nodes, ARRAY_LENGTH(nodes)};
	struct grouping grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	struct group_explanation explanation;

	CHECK_INT(grouping.steps[3].reason, GROUPING_OWN);
	CHECK_INT(grouping.steps[4].reason, GROUPING_PATH);
	CHECK_INT(grouping.steps[4].with, 1);
	CHECK_INT(grouping.steps[4].obstacle, 1);
	CHECK_INT(grouping.steps[5].reason, GROUPING_PATH);
	CHECK_INT(grouping_missing_acs(&nodes[2]),
		  ACS_COMPLETION_REDIRECT | ACS_UPSTREAM_FORWARDING);
	for (uint64_t group = 1; group <= 4; group++)
		CHECK_INT(grouping_matches(&topology, &grouping, group), TRUTH_YES);
	CHECK_INT(group_explain(&topology, &grouping, 3, "quiet", &explanation), 0);
	CHECK_INT(explanation.n_members, 2);
	CHECK_INT(explanation.n_endpoints, 1);
	/* With one endpoint there is nothing to separate. */
	CHECK_INT(explanation.n_fix, 0);
	CHECK(strstr(explanation.members[1].why,
		     "has CR UF, which are switched off (control 0x0005)"));
	CHECK(explanation.note == NULL);
	group_explanation_release(&explanation);
	CHECK_INT(group_explain(&topology, &grouping, 9, NULL, &explanation), -2);
	/* The kernel did something else. */
	nodes[4].group.number = 9;
	CHECK_INT(grouping_matches(&topology, &grouping, 2), TRUTH_NO);
	CHECK_INT(grouping_matches(&topology, &grouping, 9), TRUTH_NO);
	CHECK_INT(group_explain(&topology, &grouping, 9, NULL, &explanation), 0);
	CHECK_INT(explanation.as_predicted, TRUTH_NO);
	CHECK(explanation.note && strstr(explanation.note, "did not group"));
	group_explanation_release(&explanation);
	grouping_release(&grouping);
}

/* What can be switched on is said with the words that do it. */
static void test_fixes(void)
{
	struct pci_node nodes[] = {
		port(0, 1, 0, -1, 1, PCIE_ROOT_PORT, 0x05),
		node(1, 0, 0, 0, 1),
		node(1, 1, 0, 0, 1),
	};
	const struct pci_topology topology = {nodes, ARRAY_LENGTH(nodes)};
	struct grouping grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	struct group_explanation explanation;

	CHECK_INT(group_explain(&topology, &grouping, 1, "pcie_acs_override=downstream",
				&explanation),
		  0);
	CHECK_INT(explanation.n_fix, 1);
	CHECK(strstr(explanation.fix[0], "pci=config_acs=xx111x1@0000:00:01.0"));
	CHECK(explanation.note && strstr(explanation.note, "pcie_acs_override"));
	group_explanation_release(&explanation);
	grouping_release(&grouping);
}

static void test_unknown(void)
{
	struct pci_node nodes[] = {
		port(0, 1, 0, -1, 1, PCIE_ROOT_PORT, 0x1d),
		node(1, 0, 0, 0, 2),
		node(2, 0, 0, -1, 3),
	};
	const struct pci_topology topology = {nodes, ARRAY_LENGTH(nodes)};
	struct grouping grouping;

	nodes[0].capabilities.acs.state = FACT_UNKNOWN;
	grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	CHECK_INT(grouping.steps[1].reason, GROUPING_UNKNOWN);
	CHECK_INT(grouping_matches(&topology, &grouping, 2), TRUTH_UNKNOWN);
	CHECK_INT(grouping_matches(&topology, &grouping, 3), TRUTH_YES);
	grouping_release(&grouping);
	/* Where it hangs is not known. */
	nodes[2].parent_known = false;
	grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	CHECK_INT(grouping.steps[2].reason, GROUPING_UNKNOWN);
	grouping_release(&grouping);
	nodes[2].group.state = FACT_ABSENT;
	grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	CHECK_INT(grouping.steps[2].reason, GROUPING_NONE);
	grouping_release(&grouping);
}

static void test_bridges(void)
{
	struct pci_node nodes[] = {
		port(0, 1, 0, -1, 1, PCIE_ROOT_PORT, 0x1d),
		port(1, 0, 0, 0, 2, PCIE_TO_PCI_BRIDGE, -1),
		node(2, 1, 0, 1, 2),
		node(2, 2, 0, 1, 2),
	};
	struct grouping grouping;

	nodes[2].capabilities.express = nodes[3].capabilities.express = TRUTH_NO;
	grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	CHECK_INT(grouping.steps[2].reason, GROUPING_REQUESTER);
	CHECK_INT(grouping.steps[2].obstacle, 1);
	CHECK_INT(grouping.steps[3].group, 1);
	grouping_release(&grouping);
	/* One bridge leaves the requester IDs alone; its path is not isolated all the same. */
	nodes[1].vendor.number = 0x1a03;
	nodes[1].device.number = 0x1150;
	grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	CHECK_INT(grouping.steps[2].reason, GROUPING_PATH);
	grouping_release(&grouping);
	/* Another function stands for a whole domain. */
	nodes[3] = node(3, 0, 0, -1, 1);
	nodes[3].dma_owner = 0;
	grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	CHECK_INT(grouping.steps[3].reason, GROUPING_OWNER);
	CHECK_INT(grouping.steps[3].group, 0);
	grouping_release(&grouping);
}

static void test_functions(void)
{
	struct pci_node nodes[] = {
		node(0, 1, 0, -1, 1),
		node(0, 1, 1, -1, 1),
		node(0, 1, 2, -1, 2),
		node(0, 2, 0, -1, 3),
	};
	struct grouping grouping;

	nodes[0].capabilities.multifunction = TRUTH_YES;
	/* The third one is kept apart. */
	nodes[2].capabilities.acs = (struct fact_number){FACT_KNOWN, 0x0c};
	nodes[2].capabilities.acs_control = 0x0c;
	grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	CHECK_INT(grouping.steps[1].reason, GROUPING_FUNCTION);
	CHECK_INT(grouping.steps[1].with, 0);
	CHECK_INT(grouping.steps[2].reason, GROUPING_OWN);
	grouping_release(&grouping);
	/* Virtual functions share nothing. */
	nodes[1].virtual_function = true;
	grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	CHECK_INT(grouping.steps[1].reason, GROUPING_OWN);
	grouping_release(&grouping);
	/* One that uses the requester ID of another is in its group, isolated or not. */
	nodes[2].vendor.number = 0x1b4b;
	nodes[2].device.number = 0x9123;
	grouping = predict(nodes, ARRAY_LENGTH(nodes), false);
	CHECK_INT(grouping.steps[2].reason, GROUPING_ALIAS);
	CHECK_INT(grouping.steps[2].with, 1);
	grouping_release(&grouping);
}

static void test_quirks(void)
{
	struct pci_node endpoint = node(0, 1, 1, -1, 1);
	struct pci_node root_port = port(0, 2, 0, -1, 2, PCIE_ROOT_PORT, 0);
	uint8_t mask;

	CHECK_INT(acs_quirk(&endpoint, true), ACS_QUIRK_NONE);
	endpoint.vendor.number = 0x1022;
	endpoint.device.number = 0x780f;
	CHECK_INT(acs_quirk(&endpoint, false), ACS_QUIRK_NONE);
	CHECK_INT(acs_quirk(&endpoint, true), ACS_QUIRK_ISOLATED);
	endpoint.vendor.number = 0x8086;
	endpoint.device.number = 0x1521;
	CHECK_INT(acs_quirk(&endpoint, false), ACS_QUIRK_ISOLATED);
	endpoint.device.number = 0x9999;
	CHECK_INT(acs_quirk(&endpoint, false), ACS_QUIRK_NONE);
	endpoint.capabilities.type = PCIE_INTEGRATED_ENDPOINT;
	CHECK_INT(acs_quirk(&endpoint, false), ACS_QUIRK_ISOLATED);
	endpoint.vendor.number = 0x8088;
	CHECK_INT(acs_quirk(&endpoint, false), ACS_QUIRK_NOT_ISOLATED);
	CHECK(!dma_alias_quirk(&endpoint, &mask));

	/* The ordinary control register says off, the one that counts says on. */
	root_port.vendor.number = 0x8086;
	root_port.device.number = 0xa110;
	CHECK_INT(acs_quirk(&root_port, false), ACS_QUIRK_NOT_ISOLATED);
	root_port.capabilities.acs_control_dword = 0x1d;
	CHECK_INT(acs_quirk(&root_port, false), ACS_QUIRK_ISOLATED);
	CHECK_INT(grouping_isolates(&root_port, false), TRUTH_YES);
	root_port.device.number = 0x1d12;
	CHECK_INT(acs_quirk(&root_port, false), ACS_QUIRK_ISOLATED);
	root_port.device.number = 0x1d13;
	CHECK_INT(grouping_isolates(&root_port, false), TRUTH_NO);
}

int main(void)
{
	test_path();
	test_fixes();
	test_unknown();
	test_bridges();
	test_functions();
	test_quirks();
	return check_result();
}
