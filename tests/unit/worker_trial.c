/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the waiting side makes of a worker that ends, hangs, dies or is stopped. The kernel here
 * is a few answers: each worker has its own copy of them, as it is a process of its own.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "worker/process.h"
#include "worker/recovery.h"
#include "worker/trial_run.h"

enum manner {
	ANSWERS,
	HANGS_AT_UNBIND,
	HANGS_AT_CLOSE,
	DIES_AT_BIND,
	SLOW,
};

static enum manner manner;
static bool claim_succeeds;
static char driver[KNOB_STATE_SIZE] = "e1000e";
static char override[KNOB_STATE_SIZE];

static struct kernel_answer success(long value)
{
	return (struct kernel_answer){.value = value};
}

static struct kernel_answer knob_write(void *kernel, const struct pci_address *device,
				       enum knob knob, const char *value)
{
	(void)kernel;
	(void)device;
	if (manner == HANGS_AT_UNBIND && knob == KNOB_UNBIND)
		for (;;)
			pause();
	if (manner == DIES_AT_BIND && knob == KNOB_BIND)
		raise(SIGKILL);
	if (knob == KNOB_DRIVER_OVERRIDE)
		snprintf(override, sizeof(override), "%s", value ? value : "");
	if (knob == KNOB_UNBIND)
		driver[0] = '\0';
	if (knob == KNOB_BIND)
		snprintf(driver, sizeof(driver), "%s", value);
	return success(0);
}

static struct kernel_answer knob_read(void *kernel, const struct pci_address *device,
				      enum knob_state state, char *buffer)
{
	static const char *const fixed[] = {
		[KNOB_STATE_POWER_CONTROL] = "on",
		[KNOB_STATE_GROUP] = "3",
		[KNOB_STATE_GROUP_NAME] = "",
		[KNOB_STATE_IDS] = "8086:10d3",
	};

	(void)kernel;
	(void)device;
	if (state == KNOB_STATE_DRIVER)
		strcpy(buffer, driver);
	else if (state == KNOB_STATE_DRIVER_OVERRIDE)
		strcpy(buffer, override);
	else
		strcpy(buffer, fixed[state]);
	return success(0);
}

static struct kernel_answer container_open(void *kernel)
{
	(void)kernel;
	if (manner == SLOW)
		usleep(1500000);
	return success(1000);
}

static struct kernel_answer group_open(void *kernel, int group, bool noiommu)
{
	(void)kernel;
	(void)group;
	(void)noiommu;
	return success(1001);
}

static struct kernel_answer is_iommufd(void *kernel, int container_fd)
{
	(void)kernel;
	(void)container_fd;
	return success(0);
}

static struct vfio_group_answer get_status(void *kernel, int group_fd)
{
	(void)kernel;
	(void)group_fd;
	return (struct vfio_group_answer){.viable = true};
}

static struct kernel_answer set_container(void *kernel, int group_fd, int container_fd)
{
	(void)kernel;
	(void)group_fd;
	(void)container_fd;
	return (struct kernel_answer){.err = claim_succeeds ? 0 : EPERM};
}

static struct kernel_answer check_extension(void *kernel, int container_fd,
					    enum vfio_extension extension)
{
	(void)kernel;
	(void)container_fd;
	(void)extension;
	return success(1);
}

static struct kernel_answer set_iommu(void *kernel, int container_fd, enum vfio_extension type)
{
	(void)kernel;
	(void)container_fd;
	(void)type;
	return success(0);
}

static void close_fd(void *kernel, int fd)
{
	(void)kernel;
	(void)fd;
	while (manner == HANGS_AT_CLOSE)
		pause();
}

static struct kernel_answer links_read(void *kernel, const struct pci_address *device,
				       struct network_links *ret)
{
	(void)kernel;
	(void)device;
	*ret = (struct network_links){0};
	return success(0);
}

static const struct vfio_operations answers = {
	.links_read = links_read,
	.knob_write = knob_write,
	.knob_read = knob_read,
	.container_open = container_open,
	.container_is_iommufd = is_iommufd,
	.group_open = group_open,
	.group_get_status = get_status,
	.group_set_container = set_container,
	.container_check_extension = check_extension,
	.container_set_iommu = set_iommu,
	.close = close_fd,
};

static char folder[] = "/tmp/iommu-diag-worker-XXXXXX";
static struct host_root root;
static bool interrupt_now;

static bool interrupted(void)
{
	return interrupt_now;
}

/* One that no machine has: what the host does with its devices is none of this test's business. */
static const struct pci_address nowhere = {0xfffe, 0xff, 0x1f, 7};

static void run(enum manner how, unsigned timeout, struct worker_outcome *outcome)
{
	struct trial_device device = {
		.address = nowhere,
		.vendor = 0x8086,
		.device = 0x10d3,
		.group = 3,
		.driver = (char *)"e1000e",
		.power_control = (char *)"on",
		.trial_driver = (char *)"vfio-pci",
		.moves = true,
	};
	const struct trial_plan plan = {
		.group = 3, .takes_type1 = true, .devices = &device, .n_devices = 1};
	const struct worker_trial trial = {
		.root = &root,
		.plan = &plan,
		.undo_folder = folder,
		.timeout = timeout,
		.grace = 1,
		.interrupted = interrupted,
	};

	manner = how;
	CHECK_INT(worker_run_trial(&trial, outcome), 0);
}

static size_t records_left(void)
{
	struct undo_record_list list;
	size_t count;

	CHECK_INT(undo_record_list_read(folder, &list), 0);
	count = list.n_records;
	undo_record_list_release(&list);
	return count;
}

static void test_failing_step(void)
{
	const struct attempt_step *failure;
	struct worker_outcome outcome;

	run(ANSWERS, 20, &outcome);
	CHECK_INT(outcome.ending, WORKER_ENDED);
	failure = attempt_first_failure(&outcome.results[0].attempts[0]);
	CHECK(failure && failure->step == STEP_GROUP_SET_CONTAINER && failure->err == EPERM);
	CHECK_INT(outcome.results[0].restored, TRUTH_YES);
	CHECK_INT(outcome.results[0].attempts[0].evidence.truth[EVIDENCE_VIABLE], TRUTH_YES);
	CHECK_INT(records_left(), 0);
	worker_outcome_release(&outcome);
}

static void end_left_behind(const struct worker_outcome *outcome)
{
	struct recovery_list recovered;

	if (outcome->left_behind > 0)
		kill(outcome->left_behind, SIGKILL);
	manner = ANSWERS;
	CHECK_INT(recovery_run(folder, NULL, 0, 5, &recovered), 0);
	CHECK(recovered.n_recoveries == 1 && recovered.recoveries[0].result == RESTORE_DONE);
	recovery_list_release(&recovered);
	CHECK_INT(records_left(), 0);
}

static void test_hanging_unbind(void)
{
	const struct attempt_step *failure;
	struct recovery_list recovered;
	struct worker_outcome outcome;

	run(HANGS_AT_UNBIND, 1, &outcome);
	CHECK_INT(outcome.ending, WORKER_DEADLINE);
	failure = attempt_first_failure(&outcome.results[0].attempts[0]);
	CHECK(failure && failure->step == STEP_SYSFS_UNBIND && !failure->finished);
	CHECK_INT(outcome.results[0].restored, TRUTH_NO);
	CHECK(outcome.results[0].restore_detail != NULL);
	CHECK(outcome.left_behind > 0);
	CHECK_INT(records_left(), 1);

	/* While it hangs it owns the device; once it is gone, a restore finishes. */
	CHECK_INT(recovery_run(folder, NULL, 0, 1, &recovered), 0);
	CHECK(recovered.n_recoveries == 1 && recovered.recoveries[0].result == RESTORE_OWNED);
	recovery_list_release(&recovered);
	end_left_behind(&outcome);
	worker_outcome_release(&outcome);
}

static void test_hanging_close(void)
{
	const struct attempt_step *failure;
	struct worker_outcome outcome;

	/* The step that failed before is still what is wrong with the device. */
	run(HANGS_AT_CLOSE, 1, &outcome);
	CHECK_INT(outcome.ending, WORKER_DEADLINE);
	failure = attempt_first_failure(&outcome.results[0].attempts[0]);
	CHECK(failure && failure->step == STEP_GROUP_SET_CONTAINER);
	CHECK_INT(outcome.results[0].restored, TRUTH_NO);
	CHECK_INT(records_left(), 1);
	end_left_behind(&outcome);
	worker_outcome_release(&outcome);

	claim_succeeds = true;
	run(HANGS_AT_CLOSE, 1, &outcome);
	claim_succeeds = false;
	failure = attempt_first_failure(&outcome.results[0].attempts[0]);
	CHECK(failure && failure->step == STEP_SYSFS_RESTORE && !failure->finished);
	end_left_behind(&outcome);
	worker_outcome_release(&outcome);
}

static void test_killed_worker(void)
{
	struct worker_outcome outcome;

	run(DIES_AT_BIND, 20, &outcome);
	CHECK_INT(outcome.ending, WORKER_DIED);
	CHECK_INT(outcome.results[0].restored, TRUTH_YES);
	CHECK(outcome.why != NULL);
	CHECK_INT(records_left(), 0);
	worker_outcome_release(&outcome);
}

static void test_interrupt(void)
{
	struct worker_outcome outcome;

	interrupt_now = true;
	run(SLOW, 20, &outcome);
	interrupt_now = false;
	CHECK_INT(outcome.ending, WORKER_INTERRUPTED);
	CHECK(!outcome.results[0].attempts[0].complete);
	CHECK_INT(records_left(), outcome.left_behind ? 1 : 0);
	worker_outcome_release(&outcome);
	/* The worker that was slow to stop has put the device back by itself. */
	for (int tries = 0; tries < 100 && records_left() > 0; tries++)
		usleep(50000);
	CHECK_INT(records_left(), 0);
}

static void test_second_trial_is_refused(void)
{
	struct worker_outcome outcome;
	struct undo_record record = {
		.address = nowhere,
		.vendor = 0x8086,
		.device = 0x10d3,
		.group = 3,
		.driver = (char *)"e1000e",
		.trial_driver = (char *)"vfio-pci",
	};

	CHECK_INT(undo_record_claim(&record), 0);
	CHECK_INT(undo_record_write(folder, &record), 0);
	run(ANSWERS, 20, &outcome);
	CHECK_INT(outcome.ending, WORKER_REFUSED);
	CHECK(outcome.why && strstr(outcome.why, "restore"));
	CHECK_INT(outcome.results[0].restored, TRUTH_UNKNOWN);
	CHECK_INT(records_left(), 1);
	worker_outcome_release(&outcome);
	CHECK_INT(undo_record_remove(folder, &record.address), 0);
}

int main(void)
{
	if (!mkdtemp(folder) || host_root_open(NULL, &root) < 0)
		return 1;
	worker_operations = &answers;
	test_failing_step();
	test_hanging_unbind();
	test_hanging_close();
	test_killed_worker();
	test_interrupt();
	test_second_trial_is_refused();
	host_root_close(&root);
	CHECK_INT(rmdir(folder), 0);
	return check_result();
}
