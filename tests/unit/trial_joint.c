/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of several groups at once on a fake kernel: who shares a domain with whom. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../fake/trial_log.h"
#include "base/cleanup.h"
#include "check.h"

static char folder[256];

static void run(struct fake_kernel *kernel, struct trial_log *log, bool type1, bool iommufd)
{
	struct fake_state start = kernel->state;
	struct trial_plan plan;

	fake_kernel_plan(kernel, NULL, &plan);
	plan.joint = true;
	plan.group = -1;
	plan.takes_type1 = type1;
	plan.takes_iommufd = iommufd;
	CHECK_INT(trial_log_run(log, kernel, &plan), 0);
	CHECK(fake_kernel_equal(kernel, &start));
	CHECK(fake_kernel_is_clean(kernel));
	CHECK(fake_kernel_no_records(kernel));
	for (size_t i = 0; i < plan.n_devices; i++)
		CHECK_INT(log->devices[i].steps_after_failure, 0);
	trial_plan_release(&plan);
}

/* Groups 12 and 13 with one device each, and 14 with two. */
static void three_groups(struct fake_kernel *kernel)
{
	fake_kernel_init(kernel, folder);
	fake_kernel_add_vfio(kernel);
	fake_kernel_add_device(kernel, 1, 12, "e1000e", NULL);
	fake_kernel_add_device(kernel, 2, 13, "igb", NULL);
	fake_kernel_add_device(kernel, 3, 14, "nvme", NULL);
	fake_kernel_add_device(kernel, 4, 14, NULL, NULL);
}

static int domain(const struct trial_log *log, size_t device)
{
	return log->devices[device].domains[PATH_IOMMUFD];
}

static void one_iommu_is_one_domain(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	three_groups(&kernel);
	run(&kernel, &log, false, true);
	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(domain(&log, i), 1);
		CHECK(log.devices[i].completed);
	}
	/* The second of a group only moves along. */
	CHECK_INT(domain(&log, 3), 0);
	CHECK(!log.devices[3].completed);
	CHECK_INT(kernel.state.devices[3].opens, 0);
	CHECK_INT(log.noted, 0);
	CHECK_INT(fake_kernel_calls(&kernel, "sysfs.bind"), 4);
	CHECK_INT(fake_kernel_calls(&kernel, "hwpt.alloc"), 3);
	/* Each into its own, the first into its own again, the others into that one. */
	CHECK_INT(fake_kernel_calls(&kernel, "cdev.attach_hwpt"), 6);
	CHECK_INT(fake_kernel_calls(&kernel, "ioas.map"), 1);
}

static void another_iommu_is_another_domain(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	three_groups(&kernel);
	kernel.state.devices[1].iommu = 1;
	run(&kernel, &log, false, true);
	CHECK_INT(domain(&log, 0), 1);
	CHECK_INT(domain(&log, 1), 2);
	CHECK_INT(domain(&log, 2), 1);
	CHECK_INT(log.noted, 1);
	CHECK_INT(log.failed, 0);
	CHECK(log.devices[1].completed);
	CHECK_INT(log.devices[1].evidence[EVIDENCE_FRESH_DOMAIN], TRUTH_YES);

	/* Every domain that there is is offered, the newest last. */
	three_groups(&kernel);
	kernel.state.devices[1].iommu = 1;
	kernel.state.devices[2].iommu = 1;
	run(&kernel, &log, false, true);
	CHECK_INT(domain(&log, 2), 2);
	CHECK_INT(log.noted, 2);
}

/* Only EINVAL says that a domain does not fit. */
static void another_errno_is_a_failure(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	three_groups(&kernel);
	fake_kernel_script(&kernel, "cdev.attach_hwpt#5 ENODEV");
	run(&kernel, &log, false, true);
	CHECK_INT(log.devices[1].first_failed, STEP_CDEV_ATTACH_HWPT);
	CHECK_INT(log.devices[1].err, ENODEV);
	CHECK_INT(log.devices[1].evidence[EVIDENCE_OTHER_DOMAIN], TRUTH_YES);
	CHECK_INT(log.devices[1].evidence[EVIDENCE_FRESH_DOMAIN], TRUTH_YES);
	CHECK_INT(domain(&log, 1), 0);
	CHECK_INT(domain(&log, 2), 1);
	CHECK(log.devices[2].completed && !log.devices[1].completed);
}

/* A refusal of the domain that was made for the device is a fault, whatever the errno. */
static void a_fresh_domain_must_fit(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	three_groups(&kernel);
	fake_kernel_script(&kernel, "cdev.attach_hwpt#2 EINVAL");
	run(&kernel, &log, false, true);
	CHECK_INT(log.devices[1].first_failed, STEP_CDEV_ATTACH_HWPT);
	CHECK_INT(log.devices[1].err, EINVAL);
	CHECK_INT(log.devices[1].evidence[EVIDENCE_OTHER_DOMAIN], TRUTH_NO);
	CHECK_INT(log.devices[1].evidence[EVIDENCE_FRESH_DOMAIN], TRUTH_NO);
	CHECK_INT(domain(&log, 1), 0);
	CHECK_INT(domain(&log, 2), 1);

	three_groups(&kernel);
	fake_kernel_script(&kernel, "hwpt.alloc#1 ENOMEM");
	run(&kernel, &log, false, true);
	CHECK_INT(log.devices[0].first_failed, STEP_HWPT_ALLOC);
	CHECK_INT(domain(&log, 0), 0);
	CHECK_INT(domain(&log, 1), 1);
	CHECK_INT(domain(&log, 2), 1);
}

/* One container; type1 tells the domain of the first group and hides that of the others. */
static void type1_takes_them_all(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	three_groups(&kernel);
	run(&kernel, &log, true, false);
	CHECK_INT(log.devices[0].domains[PATH_TYPE1], 1);
	CHECK_INT(log.devices[1].domains[PATH_TYPE1], 0);
	CHECK(log.devices[0].completed && log.devices[1].completed && log.devices[2].completed);
	CHECK_INT(fake_kernel_calls(&kernel, "container.open"), 1);
	CHECK_INT(fake_kernel_calls(&kernel, "container.set_iommu"), 1);
	CHECK_INT(fake_kernel_calls(&kernel, "group.set_container"), 3);
	CHECK_INT(fake_kernel_calls(&kernel, "container.map_dma"), 1);
	CHECK_INT(log.devices[0].evidence[EVIDENCE_CONTAINER_EMPTY], TRUTH_YES);
	CHECK_INT(log.devices[1].evidence[EVIDENCE_CONTAINER_EMPTY], TRUTH_NO);
	/* What it is about is the domain; no device is reset for it. */
	for (size_t i = 0; i < 4; i++)
		CHECK_INT(kernel.state.devices[i].opens, 0);
}

/* What a trace of each group but the first tells, and where each is then; 0: not known. */
static void a_trace_tells_the_domains(void)
{
	static const struct {
		struct traced_join joins[3];
		size_t n_joins;
		int domains[4];
	} cases[] = {
		{{{true, 0}, {true, 0}, {true, 0}}, 3, {1, 1, 1, 1}},
		{{{false, 1}, {true, 1}, {false, 2}}, 3, {1, 2, 1, 3}},
		{{{false, 1}, {true, 0}, {true, 1}}, 3, {1, 2, 2, 1}},
		/* Passed over: the newest may have been, so that it is one of the two. */
		{{{false, 0}, {true, 0}, {true, 1}}, 3, {1, 2, 0, 1}},
		{{{true, 0}}, 1, {1, 1, 0, 0}},
		{{{true, 2}, {true, 0}, {true, 0}}, 3, {1, 0, 1, 1}},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct trial_log log = {.joins = cases[i].joins, .n_joins = cases[i].n_joins};
		struct fake_kernel kernel;

		fake_kernel_init(&kernel, folder);
		fake_kernel_add_vfio(&kernel);
		for (int d = 0; d < 4; d++)
			fake_kernel_add_device(&kernel, (uint8_t)(d + 1), 12 + d, "e1000e", NULL);
		run(&kernel, &log, true, false);
		for (size_t d = 0; d < 4; d++)
			CHECK_INT(log.devices[d].domains[PATH_TYPE1], cases[i].domains[d]);
	}
}

static void type1_refuses_one(void)
{
	struct fake_kernel kernel;
	struct trial_log log = {0};

	three_groups(&kernel);
	fake_kernel_script(&kernel, "group.set_container#2 ENOSPC");
	run(&kernel, &log, true, true);
	CHECK_INT(domain(&log, 1), 1);
	CHECK_INT(fake_kernel_calls(&kernel, "container.map_dma"), 1);

	/* Where the first one gets no backend, the next one brings it. */
	three_groups(&kernel);
	fake_kernel_script(&kernel, "container.set_iommu#1 EINVAL");
	run(&kernel, &log, true, false);
	CHECK_INT(log.devices[0].first_failed, STEP_CONTAINER_SET_IOMMU);
	CHECK_INT(log.devices[1].domains[PATH_TYPE1], 1);
	CHECK_INT(log.devices[2].domains[PATH_TYPE1], 0);
	CHECK(log.devices[2].completed && !log.devices[0].completed);

	/* A sibling that stays on its driver: the group is left out, the others go on. */
	three_groups(&kernel);
	kernel.state.devices[3].in_plan = false;
	strcpy(kernel.state.devices[3].driver, "e1000e");
	run(&kernel, &log, true, false);
	CHECK_INT(log.devices[2].first_failed, STEP_GROUP_SET_CONTAINER);
	CHECK_INT(log.devices[2].err, EPERM);
	CHECK(log.devices[0].completed && log.devices[1].completed);
}

static void every_step_can_be_the_last(void)
{
	for (enum step step = STEP_NONE + 1; step < STEP_COUNT; step++) {
		struct fake_kernel kernel;
		struct trial_log log = {.stop_at = step};

		three_groups(&kernel);
		kernel.state.devices[1].iommu = 1;
		run(&kernel, &log, true, true);
	}
}

int main(void)
{
	if (!fake_folder_make(folder))
		return 99;
	one_iommu_is_one_domain();
	another_iommu_is_another_domain();
	another_errno_is_a_failure();
	a_fresh_domain_must_fit();
	type1_takes_them_all();
	a_trace_tells_the_domains();
	type1_refuses_one();
	every_step_can_be_the_last();
	fake_folder_remove(folder);
	return check_result();
}
