/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Restoring by itself: from states that no trial of this process made. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fake/fake_kernel.h"
#include "base/cleanup.h"
#include "check.h"
#include "trial/restore.h"

static char folder[256];
static struct fake_kernel kernel;

/* A device that is now @driver and @override, and a record that says it was the other two. */
static struct undo_record wreck(const char *driver, const char *override,
				const char *recorded_driver, const char *recorded_override)
{
	struct undo_record record = {
		.vendor = 0x8086,
		.device = 0x10d3,
		.group = 12,
		.driver = (char *)recorded_driver,
		.driver_override = (char *)recorded_override,
		.trial_driver = (char *)"vfio-pci",
	};

	fake_kernel_init(&kernel, folder);
	fake_kernel_add_vfio(&kernel);
	fake_kernel_add_device(&kernel, 1, 12, driver, override);
	strcpy(kernel.state.devices[0].native, "e1000e");
	kernel.restoring = true;
	record.address = kernel.state.devices[0].address;
	undo_record_remove(folder, &record.address);
	CHECK_INT(undo_record_claim(&record), 0);
	CHECK_INT(undo_record_write(folder, &record), 0);
	return record;
}

static enum restore_result restore(const struct undo_record *record, const char *says)
{
	enum restore_result result;
	char *detail = NULL;

	result = restore_device(&fake_operations, &kernel, folder, record, &detail);
	CHECK(detail && strstr(detail, says));
	if (detail && !strstr(detail, says))
		fprintf(stderr, "    said \"%s\"\n", detail);
	free(detail);
	CHECK(fake_kernel_is_clean(&kernel));
	return result;
}

static void from_wherever_it_is(void)
{
	static const char *const drivers[] = {NULL, "e1000e", "vfio-pci"};
	static const char *const overrides[] = {NULL, "e1000e", "vfio-pci", "mine"};
	/* What a trial that stopped somewhere can have left of it. */
	for (size_t recorded = 0; recorded < 2; recorded++)
		for (size_t target = 0; target < ARRAY_LENGTH(overrides); target++)
			for (size_t d = 0; d < ARRAY_LENGTH(drivers); d++) {
				struct undo_record record =
					wreck(drivers[d], "vfio-pci", drivers[recorded],
					      overrides[target]);
				/* Unbound before, and bound by a stranger since. */
				bool strange = !record.driver && d == 1;

				CHECK_INT(restore(&record, strange ? "somebody else" : "as before"),
					  strange ? RESTORE_CONTESTED : RESTORE_DONE);
				if (strange)
					continue;
				CHECK_STR(kernel.state.devices[0].driver,
					  record.driver ? record.driver : "");
				CHECK_STR(kernel.state.devices[0].override,
					  overrides[target] ? overrides[target] : "");
				CHECK(fake_kernel_no_records(&kernel));
			}
}

static void what_is_back_is_not_written(void)
{
	struct undo_record record = wreck("e1000e", NULL, "e1000e", NULL);

	CHECK_INT(restore(&record, "as before"), RESTORE_DONE);
	CHECK_INT(kernel.writes, 0);
	CHECK(fake_kernel_no_records(&kernel));
}

static void another_device(void)
{
	struct undo_record record = wreck("vfio-pci", "vfio-pci", "e1000e", NULL);

	kernel.state.devices[0].device = 0x10d4;
	CHECK_INT(restore(&record, "another device (8086:10d4)"), RESTORE_CONTESTED);
	CHECK_INT(kernel.writes, 0);
	kernel.state.devices[0].device = 0x10d3;
	CHECK_INT(restore(&record, "as before"), RESTORE_DONE);

	record = wreck("vfio-pci", "vfio-pci", "e1000e", NULL);
	kernel.state.devices[0].gone = true;
	CHECK_INT(restore(&record, "no longer on the bus"), RESTORE_GONE);
	CHECK(fake_kernel_no_records(&kernel));

	/* The state of another boot is gone with it. */
	record = wreck("vfio-pci", "vfio-pci", "e1000e", NULL);
	memset(record.boot_id, '0', 8);
	CHECK_INT(restore(&record, "another boot"), RESTORE_GONE);
	CHECK_INT(kernel.operations, 0);
	CHECK(fake_kernel_no_records(&kernel));
}

static void the_kernel_refuses(void)
{
	static const struct {
		const char *script, *says;
	} cases[] = {
		{"sysfs.read.ids EIO", "ids could not be read"},
		{"sysfs.read.driver EIO", "state could not be read"},
		{"sysfs.read.driver_override EMSGSIZE", "state could not be read"},
		{"sysfs.restore.driver_override EPERM", "driver_override could not be written"},
		{"sysfs.restore.unbind EPERM", "could not be unbound"},
		{"sysfs.restore.bind ENODEV\nsysfs.restore.probe EINVAL", "could not be bound"},
		{"sysfs.restore.bind ENOENT\nsysfs.restore.probe ENODEV", "could not be bound"},
		{"sysfs.restore.driver_override#2 ENOMEM", "driver_override could not be written"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct undo_record record = wreck("vfio-pci", "vfio-pci", "e1000e", NULL);

		fake_kernel_script(&kernel, cases[i].script);
		CHECK_INT(restore(&record, cases[i].says), RESTORE_FAILED);
		/* The record stands, and the next restore is not refused any more. */
		kernel.n_lines = 0;
		CHECK_INT(restore(&record, "as before"), RESTORE_DONE);
		CHECK_STR(kernel.state.devices[0].driver, "e1000e");
		CHECK_STR(kernel.state.devices[0].override, "");
		CHECK(fake_kernel_no_records(&kernel));
	}
}

static void second_ways(void)
{
	struct undo_record record = wreck("vfio-pci", "vfio-pci", "e1000e", NULL);

	/* A stranger's probe has the device for a moment. */
	fake_kernel_script(&kernel, "sysfs.restore.bind#1 EBUSY");
	CHECK_INT(restore(&record, "as before"), RESTORE_DONE);
	CHECK_INT(fake_kernel_calls(&kernel, "sysfs.restore.bind"), 2);

	/* bind does not work at all; the kernel's own matching does. */
	record = wreck("vfio-pci", "vfio-pci", "e1000e", "vfio-pci");
	fake_kernel_script(&kernel, "sysfs.restore.bind EACCES");
	CHECK_INT(restore(&record, "as before"), RESTORE_DONE);
	CHECK_INT(fake_kernel_calls(&kernel, "sysfs.restore.probe"), 1);
	CHECK_STR(kernel.state.devices[0].override, "vfio-pci");
}

static void power_control(void)
{
	struct undo_record record = wreck("e1000e", NULL, "e1000e", NULL);

	record.power_control = (char *)"auto";
	CHECK_INT(restore(&record, "as before"), RESTORE_DONE);
	CHECK_STR(kernel.state.devices[0].power_control, "auto");

	/* Unknown before: left alone. Refused: the driver is back all the same. */
	record = wreck("vfio-pci", "vfio-pci", "e1000e", NULL);
	CHECK_INT(restore(&record, "as before"), RESTORE_DONE);
	CHECK_INT(fake_kernel_calls(&kernel, "sysfs.restore.power_control"), 0);
	record = wreck("e1000e", NULL, "e1000e", NULL);
	record.power_control = (char *)"auto";
	fake_kernel_script(&kernel, "sysfs.restore.power_control EINVAL");
	CHECK_INT(restore(&record, "as before"), RESTORE_DONE);
}

static void record_cannot_be_removed(void)
{
	struct undo_record record = wreck("e1000e", NULL, "e1000e", NULL);
	char file[300];
	char *detail = NULL;
	FILE *made;

	undo_record_remove(folder, &record.address);
	snprintf(file, sizeof(file), "%s/file", folder);
	made = fopen(file, "we");
	if (made)
		fclose(made);
	CHECK_INT(restore_device(&fake_operations, &kernel, file, &record, &detail),
		  RESTORE_FAILED);
	CHECK(detail && strstr(detail, "could not be removed"));
	free(detail);
	unlink(file);
}

static void results_have_names(void)
{
	CHECK_STR(restore_result_name(RESTORE_DONE), "restored");
	CHECK_STR(restore_result_name(RESTORE_GONE), "gone");
	CHECK_STR(restore_result_name(RESTORE_CONTESTED), "contested");
	CHECK_STR(restore_result_name(RESTORE_FAILED), "failed");
	CHECK_STR(restore_result_name(RESTORE_OWNED), "owned");
	CHECK_STR(restore_result_name(RESTORE_BLOCKED), "blocked");
}

int main(void)
{
	if (!fake_folder_make(folder))
		return 99;
	from_wherever_it_is();
	what_is_back_is_not_written();
	another_device();
	the_kernel_refuses();
	second_ways();
	power_control();
	record_cannot_be_removed();
	results_have_names();
	fake_folder_remove(folder);
	return check_result();
}
