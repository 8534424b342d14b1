/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several devices in one trial, and a world that changes while it runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fake/trial_log.h"
#include "base/cleanup.h"
#include "check.h"

static char folder[256];

static void run(struct fake_kernel *kernel, struct trial_log *log)
{
	struct trial_plan plan;

	fake_kernel_plan(kernel, NULL, &plan);
	CHECK_INT(trial_log_run(log, kernel, &plan), 0);
	CHECK(fake_kernel_is_clean(kernel));
	for (size_t i = 0; i < plan.n_devices; i++)
		CHECK_INT(log->devices[i].steps_after_failure, 0);
	trial_plan_release(&plan);
}

static void run_and_compare(struct fake_kernel *kernel, struct trial_log *log)
{
	struct fake_state start = kernel->state;

	run(kernel, log);
	CHECK(fake_kernel_equal(kernel, &start));
	CHECK(fake_kernel_no_records(kernel));
}

static void three_devices(struct fake_kernel *kernel)
{
	fake_kernel_init(kernel, folder);
	fake_kernel_add_vfio(kernel);
	fake_kernel_add_device(kernel, 1, 12, "e1000e", NULL);
	fake_kernel_add_device(kernel, 2, 12, "igb", "igb");
	fake_kernel_add_device(kernel, 3, 12, NULL, "pci-stub");
}

static void a_set_passes(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	three_devices(&kernel);
	run_and_compare(&kernel, &log);
	for (size_t i = 0; i < 3; i++) {
		CHECK(log.devices[i].completed);
		CHECK_INT(log.devices[i].result, RESTORE_DONE);
		CHECK_INT(kernel.state.devices[i].opens, 1);
	}
	CHECK_INT(fake_kernel_calls(&kernel, "group.set_container"), 1);

	/* One of them is on VFIO already, and stays there. */
	three_devices(&kernel);
	strcpy(kernel.state.devices[1].driver, "vfio-pci");
	run_and_compare(&kernel, &log);
	CHECK(log.devices[1].completed);
	CHECK_INT(log.devices[1].restores, 0);
	CHECK_INT(log.devices[2].restores, 1);
}

static void one_of_a_set_fails(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	/* Its own step: the others go on to the end. */
	three_devices(&kernel);
	fake_kernel_script(&kernel, "group.get_device_fd#2 EACCES");
	run_and_compare(&kernel, &log);
	CHECK(log.devices[0].completed && log.devices[2].completed);
	CHECK(!log.devices[1].completed);
	CHECK_INT(log.devices[1].first_failed, STEP_GROUP_GET_DEVICE_FD);
	CHECK_INT(log.devices[1].err, EACCES);
	CHECK_INT(log.devices[0].first_failed, STEP_NONE);

	/* It stays on its host driver: the group cannot be claimed. */
	three_devices(&kernel);
	fake_kernel_script(&kernel, "sysfs.unbind#2 ENODEV");
	run_and_compare(&kernel, &log);
	CHECK_INT(log.devices[1].first_failed, STEP_SYSFS_UNBIND);
	CHECK_INT(log.devices[0].first_failed, STEP_GROUP_SET_CONTAINER);
	CHECK_INT(log.devices[0].err, EPERM);
	CHECK_INT(log.devices[2].err, EPERM);

	/* Unbound and refused by the VFIO driver: no obstacle to the others. */
	three_devices(&kernel);
	fake_kernel_script(&kernel, "sysfs.bind#1 EINVAL");
	run_and_compare(&kernel, &log);
	CHECK_INT(log.devices[0].first_failed, STEP_SYSFS_BIND);
	CHECK(log.devices[1].completed && log.devices[2].completed);
	CHECK_INT(kernel.state.devices[0].opens, 0);

	/* A step of the group fails for all of them, once. */
	three_devices(&kernel);
	fake_kernel_script(&kernel, "container.set_iommu EPERM");
	run_and_compare(&kernel, &log);
	for (size_t i = 0; i < 3; i++)
		CHECK_INT(log.devices[i].first_failed, STEP_CONTAINER_SET_IOMMU);
	CHECK_INT(log.failed, 1);

	/* All of them fail early: the group is never opened. */
	three_devices(&kernel);
	fake_kernel_script(&kernel, "sysfs.driver_override EINVAL");
	run_and_compare(&kernel, &log);
	CHECK_INT(fake_kernel_calls(&kernel, "container.open"), 0);
}

static void a_group_that_is_not_viable_is_not_attached(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	/* SET_IOMMU would take the sibling's DMA away: the walk must end before it. */
	three_devices(&kernel);
	kernel.no_dma_ownership = true;
	kernel.state.devices[1].in_plan = false;
	run_and_compare(&kernel, &log);
	CHECK_INT(fake_kernel_calls(&kernel, "group.set_container"), 1);
	CHECK_INT(fake_kernel_calls(&kernel, "container.set_iommu"), 0);
	CHECK(!log.devices[0].completed);
	CHECK_INT(log.devices[0].first_failed, STEP_NONE);
}

/* Changes the first device when a step is about to be taken for the nth time. */
struct change {
	const char *step;
	unsigned call;
	bool leaves;
	const char *driver, *override;
	bool done;
};

static void change_world(struct fake_kernel *kernel, const char *step, void *data)
{
	struct change *change = data;
	struct fake_device *device = &kernel->state.devices[0];

	if (change->done || strcmp(step, change->step) != 0 ||
	    fake_kernel_calls(kernel, step) != change->call)
		return;
	change->done = true;
	if (change->leaves) {
		device->gone = true;
		device->driver[0] = '\0';
	}
	if (change->driver)
		strcpy(device->driver, change->driver);
	if (change->override)
		strcpy(device->override, change->override);
}

static void two_devices(struct fake_kernel *kernel, struct change *change)
{
	fake_kernel_init(kernel, folder);
	fake_kernel_add_vfio(kernel);
	fake_kernel_add_device(kernel, 1, 12, "e1000e", NULL);
	fake_kernel_add_device(kernel, 2, 12, "igb", NULL);
	kernel->meddle = change_world;
	kernel->meddle_data = change;
}

/* It leaves the bus between two steps: its record goes, the other device comes back. */
static void a_device_vanishes(void)
{
	static const char *const steps[] = {
		"sysfs.driver_override",
		"sysfs.unbind",
		"sysfs.bind",
		"sysfs.read.driver",
		"container.open",
		"group.open",
		"group.set_container",
		"container.set_iommu",
		"group.get_device_fd",
		"device.get_info",
		"container.map_dma",
		"sysfs.read.ids",
		"sysfs.restore.driver_override",
		"sysfs.restore.unbind",
		"sysfs.restore.bind",
		"sysfs.read.power_control",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		/* The other device is restored first. */
		bool second = strncmp(steps[i], "sysfs.restore", 13) == 0 ||
			      strcmp(steps[i], "sysfs.read.ids") == 0 ||
			      strcmp(steps[i], "sysfs.read.power_control") == 0;
		struct change change = {.step = steps[i], .call = second ? 2 : 1, .leaves = true};
		struct fake_kernel kernel;
		struct trial_log log = {0};

		two_devices(&kernel, &change);
		run(&kernel, &log);
		CHECK(change.done);
		CHECK(kernel.state.devices[0].gone);
		CHECK_STR(kernel.state.devices[1].driver, "igb");
		CHECK_INT(log.devices[1].result, RESTORE_DONE);
		/* Everything was back already when only power/control was to be read. */
		CHECK_INT(log.devices[0].result, strcmp(steps[i], "sysfs.read.power_control") == 0
							 ? RESTORE_DONE
							 : RESTORE_GONE);
		CHECK(fake_kernel_no_records(&kernel));
	}
}

/* Somebody else's hand on the device: it is left alone, and the record stands. */
static void somebody_else_changes(void)
{
	static const struct change changes[] = {
		{.step = "sysfs.bind", .call = 1, .override = "other"},
		{.step = "container.open", .call = 1, .override = "other"},
		{.step = "close", .call = 4, .driver = "other", .override = ""},
		{.step = "sysfs.read.ids", .call = 2, .driver = "uio_pci_generic"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
		struct change change = changes[i];
		struct fake_kernel kernel;
		struct trial_log log = {0};
		unsigned writes;

		two_devices(&kernel, &change);
		run(&kernel, &log);
		CHECK(change.done);
		CHECK_INT(log.devices[0].result, RESTORE_CONTESTED);
		CHECK_INT(log.devices[1].result, RESTORE_DONE);
		CHECK(strstr(log.devices[0].detail, "other") ||
		      strstr(log.devices[0].detail, "uio_pci_generic"));

		/* A later restore does not touch it either; once it is ours again, it does. */
		writes = (unsigned)kernel.writes;
		CHECK_INT(fake_kernel_restore_all(&kernel), 1);
		CHECK_INT(kernel.writes, writes);
		strcpy(kernel.state.devices[0].driver, "vfio-pci");
		strcpy(kernel.state.devices[0].override, "vfio-pci");
		CHECK_INT(fake_kernel_restore_all(&kernel), 0);
		CHECK_STR(kernel.state.devices[0].driver, "e1000e");
		CHECK_STR(kernel.state.devices[0].override, "");
		CHECK(fake_kernel_no_records(&kernel));
	}
}

/* bind said yes, and the device is somewhere else: nothing more is tried for it. */
static void bind_is_read_back(void)
{
	static const char *const drivers[] = {"e1000e", "pci-stub"};

	for (size_t i = 0; i < ARRAY_LENGTH(drivers); i++) {
		/* Both are looked at once before anything is written. */
		struct change change = {
			.step = "sysfs.read.driver", .call = 3, .driver = drivers[i]};
		struct fake_kernel kernel;
		struct trial_log log = {0};
		bool viable = i == 1;

		two_devices(&kernel, &change);
		run(&kernel, &log);
		CHECK(change.done);
		CHECK(!log.devices[0].completed);
		CHECK_INT(log.devices[1].completed, viable);
		CHECK_INT(log.devices[0].evidence[EVIDENCE_BOUND_ELSEWHERE], TRUTH_YES);
		CHECK_INT(kernel.state.devices[0].opens, 0);
		CHECK_INT(fake_kernel_calls(&kernel, "group.get_device_fd"), viable);
		/* Its own driver is where it belongs; a stranger's is left to the stranger. */
		CHECK_INT(log.devices[0].result, viable ? RESTORE_CONTESTED : RESTORE_DONE);
		CHECK_STR(kernel.state.devices[1].driver, "igb");
		undo_record_remove(folder, &kernel.state.devices[0].address);
		CHECK(fake_kernel_no_records(&kernel));
	}
}

/* What belongs to a step that was taken all the same: looking at what was opened, unmapping. */
static bool may_follow(enum step step, enum step next)
{
	return next == STEP_SYSFS_RESTORE ||
	       (step == STEP_GROUP_GET_DEVICE_FD && next == STEP_DEVICE_GET_INFO) ||
	       (step == STEP_DEVICE_GET_INFO && next == STEP_DEVICE_GET_HOT_RESET_INFO) ||
	       (step == STEP_CONTAINER_MAP_DMA && next == STEP_CONTAINER_UNMAP_DMA);
}

static void stops_anywhere(void)
{
	for (enum step step = STEP_NONE + 1; step < STEP_COUNT; step++) {
		struct fake_kernel kernel;
		struct trial_log log = {.stop_at = step};

		three_devices(&kernel);
		run_and_compare(&kernel, &log);
		if (!log.is_stopped || step == STEP_SYSFS_RESTORE)
			continue;
		CHECK(!log.devices[0].completed && !log.devices[2].completed);
		for (size_t i = 0; i + 1 < log.n_order; i++)
			if (log.order[i] == step)
				CHECK(may_follow(step, log.order[i + 1]));
	}
}

/* Without a record nothing is touched: no write, no descriptor, no module. */
static void no_record_no_trial(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};
	struct fake_state start;
	struct trial_plan plan;
	char file[300], below[310];
	FILE *made;

	snprintf(file, sizeof(file), "%s/file", folder);
	snprintf(below, sizeof(below), "%s/undo", file);
	made = fopen(file, "we");
	CHECK(made != NULL);
	if (made)
		fclose(made);
	fake_kernel_init(&kernel, below);
	fake_kernel_add_vfio(&kernel);
	kernel.state.modules[0].loaded = false;
	fake_kernel_add_device(&kernel, 1, 12, "e1000e", NULL);
	start = kernel.state;
	fake_kernel_plan(&kernel, "vfio_pci", &plan);
	log.driver = "vfio-pci";
	CHECK_INT(trial_log_run(&log, &kernel, &plan), -ENOTDIR);
	CHECK_INT(kernel.operations, 0);
	CHECK_INT(log.begun, 0);
	CHECK(memcmp(&kernel.state, &start, sizeof(start)) == 0);
	trial_plan_release(&plan);
	unlink(file);
}

/* A record that is there already tells more than what stands now: it is never overwritten. */
static void old_record_stays(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};
	struct fake_state start;
	struct trial_plan plan;
	char file[300], text[64] = "";
	FILE *record;

	three_devices(&kernel);
	snprintf(file, sizeof(file), "%s/0000:02:00.0", folder);
	record = fopen(file, "we");
	CHECK(record && fputs("half a record", record) > 0);
	if (record)
		fclose(record);
	start = kernel.state;
	fake_kernel_plan(&kernel, NULL, &plan);
	CHECK_INT(trial_log_run(&log, &kernel, &plan), -EEXIST);
	CHECK_INT(kernel.writes, 0);
	CHECK(fake_kernel_equal(&kernel, &start));
	CHECK(fake_kernel_is_clean(&kernel));
	record = fopen(file, "re");
	CHECK(record && fgets(text, sizeof(text), record));
	if (record)
		fclose(record);
	CHECK_STR(text, "half a record");
	unlink(file);
	CHECK(fake_kernel_no_records(&kernel));
	trial_plan_release(&plan);
}

int main(void)
{
	if (!fake_folder_make(folder))
		return 99;
	a_set_passes();
	one_of_a_set_fails();
	a_group_that_is_not_viable_is_not_attached();
	a_device_vanishes();
	somebody_else_changes();
	bind_is_read_back();
	stops_anywhere();
	no_record_no_trial();
	old_record_stays();
	fake_folder_remove(folder);
	return check_result();
}
