/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "check/leftover.h"
#include "diagnosis/verdict.h"
#include "host/modules.h"
#include "trial/undo.h"

#define DRIVERCTL "/etc/driverctl.d/pci-"

static bool is_free(const struct check *check, const struct subject *subject)
{
	const struct fact_text *vfio_dev = &subject->device.vfio_dev;

	return check->holders_read && subject->has_group && !subject_moves(subject) &&
	       vfio_holder_list_find(&check->holders, subject->group.number,
				     vfio_dev->state == FACT_KNOWN ? vfio_dev->text : NULL,
				     NULL) == TRUTH_NO;
}

/* What brings the device back, by the way in which it came to its driver. */
static void print_commands(FILE *out, const struct check *check, const struct subject *subject,
			   const char *name, const char *module)
{
	const char *driver = subject->device.driver.text;

	if (host_root_exists(check->root, DRIVERCTL "%s", name) == 1) {
		fprintf(out, "driverctl has put it there: driverctl unset-override %s", name);
		return;
	}
	if (subject->device.driver_override.state == FACT_KNOWN)
		fprintf(out, "echo > /sys/bus/pci/devices/%s/driver_override; ", name);
	fprintf(out, "echo %s > /sys/bus/pci/drivers/%s/unbind; ", name, driver);
	if (module)
		fprintf(out, "modprobe %s; ", module);
	fprintf(out, "echo %s > /sys/bus/pci/drivers_probe", name);
	if (subject->device.driver_override.state == FACT_ABSENT)
		fprintf(out,
			" (%s has it by its ids, from ids= or new_id, and may take it again: "
			"take the ids away first)",
			driver);
}

int leftover_note(const struct check *check, const struct subject *subject,
		  struct device_report *report)
{
	const char *release = check->host.kernel_release.text;
	AUTO_FREE char *module = NULL;
	char name[PCI_ADDRESS_SIZE];
	size_t size = 0;
	FILE *out;

	if (!is_free(check, subject))
		return 0;
	if (host_module_host_driver(check->root, release ? release : "", &subject->device,
				    &module) < 0)
		return -ENOMEM;
	out = open_memstream(&report->note, &size);
	if (!out)
		return -ENOMEM;
	fprintf(out,
		"It is on %s and no process holds it. Its host driver, by its modalias: %s. "
		"To give it back to the host: ",
		subject->device.driver.text, module ? module : "none that this kernel has");
	print_commands(out, check, subject, pci_address_format(&report->address, name), module);
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

int leftover_judge_recovering(struct check *check)
{
	struct undo_record_list records;
	int result = undo_record_list_read(check->options->undo_folder, &records);

	if (result < 0)
		return result == -ENOMEM ? result : 0;
	for (size_t i = 0; result == 0 && i < check->n_subjects; i++) {
		struct device_report *report = &check->reports[i];

		if (report->path == PATH_PASSIVE &&
		    (report->outcome == OUTCOME_PASS || report->outcome == OUTCOME_WARN) &&
		    undo_record_list_find(&records, &report->address))
			result = diagnose_not_measured(
				report, VERDICT_NOT_MEASURED, CONFIDENCE_LIKELY,
				"A trial of the device has not been put back yet: iommu-diag "
				"status says whose, iommu-diag restore ends it.");
	}
	undo_record_list_release(&records);
	return result;
}
