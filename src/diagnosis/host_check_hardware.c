/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/command_line.h"
#include "diagnosis/host_check.h"
#include "host/iommu_unit.h"

#define SWITCH_ON                                                                                  \
	"Switch the IOMMU on in the firmware setup: VT-d, AMD-Vi or IOMMU; some firmware hides "   \
	"it below virtualization or chipset settings"

/* "DMAR: 2 units, 1 range that firmware keeps". */
static int add_table(const struct firmware_table_facts *table, const char *name,
		     struct host_report *report)
{
	if (table->problem)
		return host_report_add(report, "firmware-tables",
				       "for an IOMMU in the firmware's tables", HOST_WARN,
				       "Look for an update of the firmware", "%s: %s", name,
				       table->problem);
	if (table->parsed != FACT_KNOWN)
		return host_report_add(report, "firmware-tables",
				       "for an IOMMU in the firmware's tables", HOST_PASS, NULL,
				       "%s; only root can read what is in it", name);
	return host_report_add(report, "firmware-tables", "for an IOMMU in the firmware's tables",
			       HOST_PASS, NULL, "%s: %zu unit%s, %zu range%s that firmware keeps",
			       name, table->n_units, table->n_units == 1 ? "" : "s",
			       table->n_ranges, table->n_ranges == 1 ? "" : "s");
}

static int check_firmware(const struct host_facts *facts, struct host_report *report)
{
	bool any = false, unknown = false;
	int r = 0;

	for (int i = 0; r == 0 && i < TABLE_COUNT; i++) {
		if (facts->tables[i].present == FACT_KNOWN) {
			any = true;
			r = add_table(&facts->tables[i], firmware_table_name(i), report);
		}
		unknown = unknown || facts->tables[i].present == FACT_UNKNOWN;
	}
	if (r < 0 || any)
		return r;
	if (facts->device_tree == FACT_KNOWN)
		return host_report_add(
			report, "firmware-tables", "for an IOMMU in the device tree",
			facts->device_tree_iommu == TRUTH_YES ? HOST_PASS : HOST_SKIP, NULL, "%s",
			facts->device_tree_iommu == TRUTH_YES
				? "a PCI bus has one"
				: "no PCI bus names one, which is no proof");
	if (unknown)
		return host_report_add(report, "firmware-tables",
				       "for an IOMMU in the firmware's tables", HOST_SKIP, NULL,
				       "/sys/firmware/acpi/tables cannot be looked at");
	return host_report_add(report, "firmware-tables", "for an IOMMU in the firmware's tables",
			       HOST_FAIL, SWITCH_ON, "neither DMAR, IVRS, IORT nor VIOT");
}

static int check_active(const struct host_facts *facts, struct host_report *report)
{
	AUTO_FREE char *names = NULL;
	char word[256];
	size_t size = 0;
	FILE *out;
	int r = 0;

	if (facts->iommus_state == FACT_UNKNOWN)
		return host_report_add(report, "iommu-active", "that the kernel uses an IOMMU",
				       HOST_SKIP, NULL, "/sys/class/iommu cannot be looked at");
	if (facts->n_iommus == 0 && facts->command_line.state == FACT_KNOWN &&
	    command_line_disables_iommu(facts->command_line.text, word, sizeof(word)))
		return host_report_add(report, "iommu-active", "that the kernel uses an IOMMU",
				       HOST_FAIL, "Take it off the kernel command line and reboot",
				       "the command line has %s", word);
	if (facts->n_iommus == 0)
		return host_report_add(report, "iommu-active", "that the kernel uses an IOMMU",
				       HOST_FAIL,
				       "Where the firmware has a DMAR table: boot with "
				       "intel_iommu=on; else switch "
				       "the IOMMU on in the firmware setup",
				       "no entry in /sys/class/iommu");
	out = open_memstream(&names, &size);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < facts->n_iommus; i++)
		fprintf(out, "%s%s", i > 0 ? ", " : "", facts->iommus[i]);
	r = fclose(out) == 0 ? 0 : -ENOMEM;
	return r < 0 ? r
		     : host_report_add(report, "iommu-active", "that the kernel uses an IOMMU",
				       HOST_PASS, NULL, "%s", names);
}

static void print_truth(FILE *out, enum truth truth, const char *yes, const char *no)
{
	if (truth != TRUTH_UNKNOWN)
		fprintf(out, ", %s", truth == TRUTH_YES ? yes : no);
}

/* What one unit can; a narrow one is worth an eye, since QEMU's guests may not fit. */
static int add_unit(const struct iommu_unit *unit, struct host_report *report)
{
	bool narrow = unit->address_width.state == FACT_KNOWN && unit->address_width.number < 48;
	AUTO_FREE char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	fprintf(out, "%s", unit->name);
	if (unit->address_width.state == FACT_KNOWN)
		fprintf(out, ": addresses of %" PRIu64 " bits", unit->address_width.number);
	if (unit->domain_ids.state == FACT_KNOWN)
		fprintf(out, ", %" PRIu64 " domain ids", unit->domain_ids.number);
	if (unit->domain_ids_used.state == FACT_KNOWN)
		fprintf(out, " (%" PRIu64 " in use)", unit->domain_ids_used.number);
	print_truth(out, unit->interrupt_remapping, "can remap interrupts",
		    "cannot remap interrupts");
	print_truth(out, unit->snoop_control, "snoop control", "no snoop control");
	if (unit->emulated == TRUTH_YES)
		fputs(", emulated (caching mode)", out);
	if (fclose(out) != 0)
		return -ENOMEM;
	return host_report_add(
		report, "iommu-capability", "what the IOMMU can do", HOST_NOTE,
		narrow ? "Guests with memory or 64-bit windows above that width cannot have a "
			 "device behind this unit: see iommu-diag check --domain"
		       : NULL,
		"%s", text);
}

static int check_units(const struct host_root *root, const struct host_facts *facts,
		       struct host_report *report)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < facts->n_iommus; i++) {
		struct iommu_unit unit = host_iommu_unit_read(root, facts->iommus[i]);

		if (unit.kind != IOMMU_UNIT_OTHER)
			r = add_unit(&unit, report);
	}
	return r;
}

static int check_groups(const struct host_facts *facts, struct host_report *report)
{
	if (facts->groups_state == FACT_UNKNOWN)
		return host_report_add(report, "groups", "for IOMMU groups", HOST_SKIP, NULL,
				       "/sys/kernel/iommu_groups cannot be looked at");
	return host_report_add(report, "groups", "for IOMMU groups",
			       facts->n_groups > 0 ? HOST_PASS : HOST_FAIL, NULL, "%zu group%s",
			       facts->n_groups, facts->n_groups == 1 ? "" : "s");
}

static bool is_yes(const struct fact_text *parameter)
{
	return parameter->state == FACT_KNOWN && strcmp(parameter->text, "Y") == 0;
}

static int check_interrupts(const struct host_facts *facts, struct host_report *report)
{
	const char *subject = "that interrupts are remapped";
	const char *where = facts->interrupt_remapping_where;
	bool allowed = is_yes(&facts->type1_allow_unsafe) || is_yes(&facts->iommufd_allow_unsafe);

	switch (facts->interrupt_remapping) {
	case TRUTH_YES:
		return host_report_add(report, "interrupt-remapping", subject, HOST_PASS, NULL,
				       "%s", where ? where : "yes");
	case TRUTH_NO:
		return host_report_add(
			report, "interrupt-remapping", subject, allowed ? HOST_WARN : HOST_FAIL,
			"See 'iommu-diag explain unsafe-interrupts'",
			allowed ? "no; unsafe interrupts are allowed, so a guest can send any "
				  "interrupt to the host"
				: "no, and unsafe interrupts are not allowed: no device can be "
				  "assigned");
	case TRUTH_UNKNOWN:
		break;
	}
	return host_report_add(report, "interrupt-remapping", subject, HOST_SKIP, NULL,
			       "nothing that could be read tells");
}

int host_check_hardware(const struct host_root *root, const struct host_facts *facts,
			struct host_report *report)
{
	int r = check_firmware(facts, report);

	if (r == 0)
		r = check_active(facts, report);
	if (r == 0)
		r = check_units(root, facts, report);
	if (r == 0)
		r = check_groups(facts, report);
	return r < 0 ? r : check_interrupts(facts, report);
}
