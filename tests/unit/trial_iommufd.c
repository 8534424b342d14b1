/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The iommufd walk on a fake kernel, alone and behind the type1 one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../fake/trial_log.h"
#include "base/cleanup.h"
#include "check.h"

static char folder[256];

static void run(struct fake_kernel *kernel, struct trial_log *log, bool type1)
{
	struct fake_state start = kernel->state;
	struct trial_plan plan;

	fake_kernel_plan(kernel, NULL, &plan);
	plan.takes_type1 = type1;
	plan.takes_iommufd = true;
	CHECK_INT(trial_log_run(log, kernel, &plan), 0);
	CHECK(fake_kernel_equal(kernel, &start));
	CHECK(fake_kernel_is_clean(kernel));
	CHECK(fake_kernel_no_records(kernel));
	for (size_t i = 0; i < plan.n_devices; i++)
		CHECK_INT(log->devices[i].steps_after_failure, 0);
	trial_plan_release(&plan);
}

static void one_device(struct fake_kernel *kernel)
{
	fake_kernel_init(kernel, folder);
	fake_kernel_add_vfio(kernel);
	fake_kernel_add_device(kernel, 1, 12, "e1000e", NULL);
}

static void two_devices(struct fake_kernel *kernel)
{
	one_device(kernel);
	fake_kernel_add_device(kernel, 2, 12, "igb", NULL);
}

static void healthy_passes(void)
{
	static const enum step wanted[] = {
		STEP_SYSFS_DRIVER_OVERRIDE,
		STEP_SYSFS_UNBIND,
		STEP_SYSFS_BIND,
		STEP_IOMMUFD_OPEN,
		STEP_CDEV_OPEN,
		STEP_CDEV_BIND_IOMMUFD,
		STEP_DEVICE_GET_INFO,
		STEP_DEVICE_GET_HOT_RESET_INFO,
		STEP_IOMMUFD_GET_HW_INFO,
		STEP_IOAS_ALLOC,
		STEP_CDEV_ATTACH_IOAS,
		STEP_IOAS_IOVA_RANGES,
		STEP_IOAS_MAP,
		STEP_IOAS_UNMAP,
		STEP_CDEV_DETACH,
		STEP_HWPT_ALLOC,
		STEP_CDEV_ATTACH_HWPT,
		STEP_CDEV_DETACH,
		STEP_SYSFS_RESTORE,
	};
	struct fake_kernel kernel;
	struct trial_log log = {0};

	one_device(&kernel);
	run(&kernel, &log, false);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.devices[0].path, PATH_IOMMUFD);
	CHECK_INT(log.n_order, ARRAY_LENGTH(wanted));
	CHECK(memcmp(log.order, wanted, sizeof(wanted)) == 0);
	CHECK_INT(kernel.state.devices[0].opens, 1);
}

/* The device moves once, whatever the number of paths. */
static void both_paths_pass(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	two_devices(&kernel);
	run(&kernel, &log, true);
	CHECK(log.devices[0].completed && log.devices[1].completed);
	CHECK_INT(fake_kernel_calls(&kernel, "sysfs.bind"), 2);
	CHECK_INT(fake_kernel_calls(&kernel, "container.set_iommu"), 1);
	CHECK_INT(fake_kernel_calls(&kernel, "cdev.bind_iommufd"), 2);
	CHECK_INT(kernel.state.devices[0].opens, 2);
}

static void a_failing_path_leaves_the_other(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	one_device(&kernel);
	fake_kernel_script(&kernel, "container.set_iommu EPERM");
	run(&kernel, &log, true);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.failed, 1);

	one_device(&kernel);
	fake_kernel_script(&kernel, "cdev.bind_iommufd EPERM");
	run(&kernel, &log, true);
	CHECK(!log.devices[0].completed);
	CHECK_INT(log.devices[0].first_failed, STEP_CDEV_BIND_IOMMUFD);
	CHECK_INT(log.devices[0].err, EPERM);

	/* What could not be bound is tried on no path. */
	one_device(&kernel);
	fake_kernel_script(&kernel, "sysfs.bind EINVAL");
	run(&kernel, &log, true);
	CHECK_INT(fake_kernel_calls(&kernel, "container.open"), 0);
	CHECK_INT(fake_kernel_calls(&kernel, "iommufd.open"), 0);
}

static void each_step_fails(void)
{
	static const enum step steps[] = {
		STEP_IOMMUFD_OPEN, STEP_CDEV_OPEN,	  STEP_CDEV_BIND_IOMMUFD,
		STEP_IOAS_ALLOC,   STEP_CDEV_ATTACH_IOAS, STEP_IOAS_IOVA_RANGES,
		STEP_IOAS_MAP,	   STEP_DEVICE_GET_INFO,  STEP_IOMMUFD_GET_HW_INFO,
	};

	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		struct fake_kernel kernel;
		struct trial_log log = {0};
		char line[64];

		one_device(&kernel);
		snprintf(line, sizeof(line), "%s ENOMEM", step_name(steps[i]));
		fake_kernel_script(&kernel, line);
		run(&kernel, &log, false);
		CHECK(!log.devices[0].completed);
		CHECK_INT(log.devices[0].first_failed, steps[i]);
		CHECK_INT(log.devices[0].err, ENOMEM);
		CHECK_INT(log.failed, 1);
	}
}

static void some_refusals_are_evidence(void)
{
	static const char *const lines[] = {
		"iommufd.get_hw_info EOPNOTSUPP",
		"iommufd.get_hw_info ENODEV",
		"hwpt.alloc EOPNOTSUPP",
		"cdev.attach_hwpt EINVAL",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
		struct fake_kernel kernel;
		struct trial_log log = {0};

		one_device(&kernel);
		fake_kernel_script(&kernel, lines[i]);
		run(&kernel, &log, false);
		CHECK(log.devices[0].completed);
		CHECK_INT(log.noted, 1);
		CHECK_INT(log.failed, 0);
	}
}

static void impatience_is_not_a_failure(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	one_device(&kernel);
	fake_kernel_script(&kernel, "cdev.bind_iommufd#1 EAGAIN\ncdev.bind_iommufd#2 EAGAIN");
	run(&kernel, &log, false);
	CHECK(log.devices[0].completed);

	one_device(&kernel);
	fake_kernel_script(&kernel, "cdev.bind_iommufd#1 EBUSY");
	run(&kernel, &log, false);
	CHECK(log.devices[0].completed);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_RESET_IN_PROGRESS], TRUTH_YES);
}

/* Somebody has the group's node open, until the device is put back. */
static void hold_until_restore(struct fake_kernel *kernel, const char *step, void *data)
{
	(void)data;
	if (strcmp(step, "cdev.bind_iommufd") == 0)
		kernel->state.groups[0].opened_by = -1;
	else if (strcmp(step, "sysfs.read.ids") == 0)
		kernel->state.groups[0].opened_by = 0;
}

static void the_world_answers(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	/* A sibling that stays on its driver. */
	two_devices(&kernel);
	kernel.state.devices[1].in_plan = false;
	run(&kernel, &log, false);
	CHECK_INT(log.devices[0].first_failed, STEP_CDEV_BIND_IOMMUFD);
	CHECK_INT(log.devices[0].err, EPERM);
	CHECK_INT(kernel.state.devices[1].opens, 0);

	one_device(&kernel);
	kernel.state.groups[0].direct = true;
	run(&kernel, &log, false);
	CHECK_INT(log.devices[0].err, EINVAL);

	one_device(&kernel);
	kernel.meddle = hold_until_restore;
	run(&kernel, &log, false);
	CHECK_INT(log.devices[0].err, EBUSY);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_RESET_IN_PROGRESS], TRUTH_NO);
}

int main(void)
{
	if (!fake_folder_make(folder))
		return 99;
	healthy_passes();
	both_paths_pass();
	a_failing_path_leaves_the_other();
	each_step_fails();
	some_refusals_are_evidence();
	impatience_is_not_a_failure();
	the_world_answers();
	fake_folder_remove(folder);
	return check_result();
}
