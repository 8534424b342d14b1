/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine on a fake kernel: what it reports, in which order, and that everything is put back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../fake/trial_log.h"
#include "base/cleanup.h"
#include "check.h"

static char folder[256];

/* Runs the plan of every device in @kernel; the world must be as before, apart from modules. */
static void run(struct fake_kernel *kernel, struct trial_log *log, const char *module)
{
	struct fake_state start = kernel->state;
	struct trial_plan plan;

	fake_kernel_plan(kernel, module, &plan);
	CHECK_INT(trial_log_run(log, kernel, &plan), 0);
	CHECK(fake_kernel_equal(kernel, &start));
	CHECK(fake_kernel_is_clean(kernel));
	CHECK(fake_kernel_no_records(kernel));
	for (size_t i = 0; i < plan.n_devices; i++)
		CHECK_INT(log->devices[i].steps_after_failure, 0);
	trial_plan_release(&plan);
}

static void one_bound_device(struct fake_kernel *kernel)
{
	fake_kernel_init(kernel, folder);
	fake_kernel_add_vfio(kernel);
	fake_kernel_add_device(kernel, 1, 12, "e1000e", NULL);
}

static void healthy_passes(void)
{
	static const enum step wanted[] = {
		STEP_SYSFS_DRIVER_OVERRIDE,
		STEP_SYSFS_UNBIND,
		STEP_SYSFS_BIND,
		STEP_CONTAINER_OPEN,
		STEP_GROUP_OPEN,
		STEP_GROUP_GET_STATUS,
		STEP_GROUP_SET_CONTAINER,
		STEP_CONTAINER_CHECK_EXTENSION,
		STEP_CONTAINER_SET_IOMMU,
		STEP_GROUP_GET_DEVICE_FD,
		STEP_DEVICE_GET_INFO,
		STEP_DEVICE_GET_HOT_RESET_INFO,
		STEP_CONTAINER_MAP_DMA,
		STEP_CONTAINER_UNMAP_DMA,
		STEP_SYSFS_RESTORE,
	};
	struct fake_kernel kernel;
	struct trial_log log = {0};

	one_bound_device(&kernel);
	run(&kernel, &log, NULL);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.devices[0].first_failed, STEP_NONE);
	CHECK_INT(log.devices[0].result, RESTORE_DONE);
	CHECK_INT(log.devices[0].restores, 1);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_VIABLE], TRUTH_YES);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_TYPE1_EXTENSION], TRUTH_YES);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_RESET_OWN], TRUTH_YES);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_RESET_BUS], TRUTH_YES);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_RESET_FOREIGN], TRUTH_NO);
	CHECK_INT(kernel.state.devices[0].opens, 1);
	CHECK_INT(log.n_order, ARRAY_LENGTH(wanted));
	CHECK(memcmp(log.order, wanted, sizeof(wanted)) == 0);
	/* The restore begins and has no errno of its own. */
	CHECK_INT(log.ended, log.begun - 1);
	CHECK_INT(log.failed, 0);
}

static void what_was_bound_before_stays(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};
	struct trial_plan plan;

	fake_kernel_init(&kernel, folder);
	fake_kernel_add_vfio(&kernel);
	fake_kernel_add_device(&kernel, 1, 12, "vfio-pci", "vfio-pci");
	run(&kernel, &log, NULL);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.devices[0].restores, 0);
	CHECK_INT(kernel.writes, 0);

	/* Without opening, nothing is reset. */
	fake_kernel_process_dies(&kernel);
	kernel.state.devices[0].opens = 0;
	fake_kernel_plan(&kernel, NULL, &plan);
	plan.opens_devices = false;
	CHECK_INT(trial_log_run(&log, &kernel, &plan), 0);
	CHECK(log.devices[0].completed);
	CHECK_INT(kernel.state.devices[0].opens, 0);
	CHECK_INT(kernel.writes, 0);
	CHECK_INT(fake_kernel_calls(&kernel, "container.map_dma"), 0);
	CHECK_INT(fake_kernel_calls(&kernel, "container.set_iommu"), 1);
	trial_plan_release(&plan);
}

static void starting_states_pass(void)
{
	static const struct {
		const char *driver, *override, *power;
	} states[] = {
		{NULL, NULL, "on"},
		{NULL, NULL, "auto"},
		{"e1000e", NULL, "auto"},
		{NULL, "pci-stub", "on"},
		{"pci-stub", "pci-stub", "on"},
		{"e1000e", "vfio-pci", "on"},
		{"e1000e", "no-such", "auto"},
		{"e1000e", "e1000e", "on"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(states); i++) {
		struct fake_kernel kernel;
		struct trial_log log = {0};
		struct fake_device *device;

		fake_kernel_init(&kernel, folder);
		fake_kernel_add_vfio(&kernel);
		device = fake_kernel_add_device(&kernel, 1, 12, states[i].driver,
						states[i].override);
		strcpy(device->native, "e1000e");
		strcpy(device->power_control, states[i].power);
		run(&kernel, &log, NULL);
		CHECK(log.devices[0].completed);
		CHECK_INT(log.devices[0].result, RESTORE_DONE);
	}
}

/* pci-stub had the device through an override that was cleared since: its ids alone do not. */
static void driver_without_the_ids_comes_back(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	fake_kernel_init(&kernel, folder);
	fake_kernel_add_vfio(&kernel);
	fake_kernel_add_device(&kernel, 1, 12, "pci-stub", NULL);
	strcpy(kernel.state.devices[0].native, "e1000e");
	run(&kernel, &log, NULL);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.devices[0].result, RESTORE_DONE);
}

static void each_step_fails(void)
{
	static const struct {
		const char *step, *errnos;
	} cases[] = {
		{"sysfs.driver_override", "EINVAL ENOMEM EACCES"},
		{"sysfs.unbind", "ENODEV ENOENT EACCES"},
		{"sysfs.bind", "EINVAL ENODEV ENOMEM ENOSPC EBUSY EAGAIN"},
		{"container.open", "ENOENT ENODEV EACCES EPERM ENOMEM"},
		{"group.open", "ENOENT EBUSY EPERM EACCES ENODEV"},
		{"group.get_status", "EINVAL ENODEV"},
		{"group.set_container", "EPERM EINVAL ENOSPC ENODEV ENOMEM EIO EBADFD"},
		{"container.check_extension", "EINVAL ENOTTY"},
		{"container.set_iommu", "EPERM ENODEV EIO ENOMEM ENOSPC EBUSY EINVAL EOPNOTSUPP"},
		{"group.get_device_fd", "EINVAL EACCES EIO ENODEV EMFILE"},
		{"device.get_info", "EIO EINVAL"},
		{"container.map_dma", "ENOMEM EINVAL ENOSPC EFAULT"},
		{"container.unmap_dma", "EINVAL EIO"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		AUTO_FREE char *errnos = strdup(cases[i].errnos);
		char *cursor = errnos, *name;

		while ((name = strsep(&cursor, " "))) {
			struct fake_kernel kernel;
			struct trial_log log = {0};
			char line[80];
			size_t at = 0;

			one_bound_device(&kernel);
			/* The restore opens the group as well. */
			snprintf(line, sizeof(line), "%s%s %s", cases[i].step,
				 strcmp(cases[i].step, "group.open") == 0 ? "#1" : "", name);
			fake_kernel_script(&kernel, line);
			run(&kernel, &log, NULL);
			CHECK_STR(step_name(log.devices[0].first_failed), cases[i].step);
			CHECK_INT(log.devices[0].err, kernel.script[0].err);
			CHECK(!log.devices[0].completed);
			CHECK_INT(log.failed, 1);
			CHECK_INT(log.devices[0].result, RESTORE_DONE);
			while (at < log.n_order && log.order[at] != log.devices[0].first_failed)
				at++;
			CHECK_INT(log.n_order, at + 2);
			CHECK_INT(log.order[log.n_order - 1], STEP_SYSFS_RESTORE);
		}
	}
}

static void modules(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};
	struct trial_plan plan;

	/* Loaded by the trial; which driver it brings is known only then. */
	fake_kernel_init(&kernel, folder);
	fake_kernel_add_module(&kernel, "vfio_pci", "vfio-pci", false);
	fake_kernel_add_module(&kernel, "vfio_iommu_type1", NULL, false);
	fake_kernel_add_device(&kernel, 1, 12, "e1000e", NULL);
	fake_kernel_plan(&kernel, "vfio_pci", &plan);
	plan.backend_module = "vfio_iommu_type1";
	log.driver = "vfio-pci";
	CHECK_INT(trial_log_run(&log, &kernel, &plan), 0);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.order[0], STEP_MODULE_LOAD);
	CHECK(fake_kernel_is_clean(&kernel));
	trial_plan_release(&plan);

	/* Its driver stays unknown: nothing is written. */
	fake_kernel_init(&kernel, folder);
	fake_kernel_add_module(&kernel, "vfio_pci", "vfio-pci", false);
	fake_kernel_add_device(&kernel, 1, 12, "e1000e", NULL);
	log.driver = NULL;
	run(&kernel, &log, "vfio_pci");
	CHECK(!log.devices[0].completed);
	CHECK_INT(kernel.writes, 0);

	/* Absent. */
	fake_kernel_init(&kernel, folder);
	fake_kernel_add_device(&kernel, 1, 12, "e1000e", NULL);
	run(&kernel, &log, "vfio_pci");
	CHECK_INT(log.devices[0].first_failed, STEP_MODULE_LOAD);
	CHECK_INT(log.devices[0].err, ENOENT);
	CHECK_INT(kernel.writes, 0);
	CHECK_INT(log.devices[0].restores, 0);

	/* The driver vanished between the plan and the bind. */
	fake_kernel_init(&kernel, folder);
	fake_kernel_add_module(&kernel, "vfio_pci", "vfio-pci", false);
	fake_kernel_add_device(&kernel, 1, 12, "e1000e", NULL);
	run(&kernel, &log, NULL);
	CHECK_INT(log.devices[0].first_failed, STEP_SYSFS_BIND);
	CHECK_INT(log.devices[0].err, ENOENT);

	/* No backend: the step that a virtual machine meets says so. */
	fake_kernel_init(&kernel, folder);
	fake_kernel_add_module(&kernel, "vfio_pci", "vfio-pci", true);
	fake_kernel_add_device(&kernel, 1, 12, "e1000e", NULL);
	run(&kernel, &log, NULL);
	CHECK_INT(log.devices[0].first_failed, STEP_CONTAINER_SET_IOMMU);
	CHECK_INT(log.devices[0].err, ENODEV);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_TYPE1_EXTENSION], TRUTH_NO);
}

static void worlds_that_refuse(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	/* No IOMMU group, and none at the first bind. */
	fake_kernel_init(&kernel, folder);
	fake_kernel_add_vfio(&kernel);
	fake_kernel_add_device(&kernel, 1, -1, "e1000e", NULL);
	run(&kernel, &log, NULL);
	CHECK_INT(log.devices[0].first_failed, STEP_SYSFS_BIND);
	CHECK_INT(log.devices[0].err, EINVAL);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_GROUP_PRESENT], TRUTH_NO);

	/* arm64: the first bind gives it one. */
	fake_kernel_init(&kernel, folder);
	fake_kernel_add_vfio(&kernel);
	fake_kernel_add_device(&kernel, 1, -1, NULL, NULL)->group_at_bind = 7;
	run(&kernel, &log, NULL);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_GROUP_PRESENT], TRUTH_YES);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_NOIOMMU], TRUTH_NO);

	/* No IOMMU, and a VFIO that makes a group of its own. */
	kernel.state.devices[0].group = -1;
	kernel.state.devices[0].noiommu = true;
	run(&kernel, &log, NULL);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_GROUP_PRESENT], TRUTH_YES);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_NOIOMMU], TRUTH_YES);

	/* Firmware memory: the claim is refused. */
	one_bound_device(&kernel);
	kernel.state.groups[0].direct = true;
	run(&kernel, &log, NULL);
	CHECK_INT(log.devices[0].first_failed, STEP_GROUP_SET_CONTAINER);
	CHECK_INT(log.devices[0].err, EINVAL);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_VIABLE], TRUTH_YES);

	/* A sibling that nobody named, on its host driver: not touched. */
	one_bound_device(&kernel);
	fake_kernel_add_device(&kernel, 2, 12, "igb", NULL)->in_plan = false;
	run(&kernel, &log, NULL);
	CHECK_INT(log.devices[0].first_failed, STEP_GROUP_SET_CONTAINER);
	CHECK_INT(log.devices[0].err, EPERM);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_VIABLE], TRUTH_NO);

	/* The same sibling on pci-stub is no obstacle. */
	one_bound_device(&kernel);
	fake_kernel_add_device(&kernel, 2, 12, "pci-stub", "pci-stub")->in_plan = false;
	run(&kernel, &log, NULL);
	CHECK(log.devices[0].completed);
}

/* Opens the group as soon as it has a node, and keeps it for as many calls as are left. */
static void open_group(struct fake_kernel *kernel, const char *step, void *data)
{
	int *calls = data;

	if (strcmp(step, "group.open") != 0)
		return;
	kernel->state.groups[0].opened_by = --*calls > 0 ? -1 : 0;
}

static void somebody_opens_the_group(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};
	struct trial_plan plan;
	int calls = 3;

	/* For a moment: the trial has its answer, and the device comes back all the same. */
	one_bound_device(&kernel);
	kernel.meddle = open_group;
	kernel.meddle_data = &calls;
	run(&kernel, &log, NULL);
	CHECK_INT(log.devices[0].first_failed, STEP_GROUP_OPEN);
	CHECK_INT(log.devices[0].err, EBUSY);
	CHECK_INT(log.devices[0].result, RESTORE_DONE);
	CHECK_INT(calls, 0);

	/* For good: it keeps the device, until it lets go. */
	one_bound_device(&kernel);
	calls = 1000;
	kernel.meddle = open_group;
	kernel.meddle_data = &calls;
	fake_kernel_plan(&kernel, NULL, &plan);
	CHECK_INT(trial_log_run(&log, &kernel, &plan), 0);
	CHECK_INT(log.devices[0].first_failed, STEP_GROUP_OPEN);
	CHECK_INT(log.devices[0].result, RESTORE_CONTESTED);
	CHECK(strstr(log.devices[0].detail, "another process has opened"));
	CHECK_STR(kernel.state.devices[0].driver, "vfio-pci");
	CHECK_STR(kernel.state.devices[0].override, "vfio-pci");
	CHECK_INT(fake_kernel_calls(&kernel, "sysfs.restore.unbind"), 0);
	kernel.meddle = NULL;
	kernel.state.groups[0].opened_by = 0;
	CHECK_INT(fake_kernel_restore_all(&kernel), 0);
	CHECK_STR(kernel.state.devices[0].driver, "e1000e");
	CHECK_STR(kernel.state.devices[0].override, "");
	CHECK(fake_kernel_no_records(&kernel));
	CHECK(fake_kernel_is_clean(&kernel));
	trial_plan_release(&plan);
}

/* Moved by somebody else between the plan and the lock: not touched. */
static void moved_since_the_plan(void)
{
	static const struct {
		const char *driver, *override;
	} states[] = {{"vfio-pci", "vfio-pci"}, {"", ""}, {"pci-stub", ""}, {"e1000e", "pci-stub"}};

	for (size_t i = 0; i < ARRAY_LENGTH(states); i++) {
		struct fake_kernel kernel;
		struct trial_log log = {0};
		struct trial_plan plan;

		one_bound_device(&kernel);
		fake_kernel_plan(&kernel, NULL, &plan);
		strcpy(kernel.state.devices[0].driver, states[i].driver);
		strcpy(kernel.state.devices[0].override, states[i].override);
		CHECK_INT(trial_log_run(&log, &kernel, &plan), -ESTALE);
		CHECK_INT(kernel.writes, 0);
		CHECK_INT(log.devices[0].restores, 0);
		CHECK(fake_kernel_no_records(&kernel));
		trial_plan_release(&plan);
	}
}

static void retries_are_told(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	/* A reset next door: the claim works a second later. */
	one_bound_device(&kernel);
	fake_kernel_script(&kernel, "group.set_container#1 EBUSY");
	run(&kernel, &log, NULL);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_RESET_IN_PROGRESS], TRUTH_YES);

	/* A lock next door: the open works at the second try; that is one step. */
	one_bound_device(&kernel);
	fake_kernel_script(&kernel, "group.get_device_fd#1 EAGAIN");
	run(&kernel, &log, NULL);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.failed, 0);
}

int main(void)
{
	if (!fake_folder_make(folder))
		return 99;
	healthy_passes();
	what_was_bound_before_stays();
	starting_states_pass();
	driver_without_the_ids_comes_back();
	each_step_fails();
	modules();
	worlds_that_refuse();
	retries_are_told();
	somebody_opens_the_group();
	moved_since_the_plan();
	fake_folder_remove(folder);
	return check_result();
}
