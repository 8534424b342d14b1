/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A trial and a restore on the fake kernel, in real workers, with one system call of theirs
 * failing at a time, under a seccomp filter: each call that a healthy run makes, with each of
 * four errnos; all of its kind from there on, as under a filter that forbids it; and the death
 * of worker and client there. After each the device is back or its record stands, nothing says
 * otherwise, and a restore without a filter leads to the start.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervise.h"
#include "tests/fake/fake_kernel.h"
#include "tests/unit/check.h"
#include "worker/process.h"
#include "worker/recovery.h"
#include "worker/trial_run.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#define SECONDS 60

/* Exit statuses of what runs under the filter. */
enum { ENDS_WELL, ENDS_WITH_A_REASON, ENDS_SILENTLY, ENDS_FALSELY };

enum target { TRIAL, RESTORE, N_TARGETS };

static const char *const target_names[] = {"trial", "restore"};
static const int errnos[] = {EPERM, EIO, ENOMEM, ENOSYS};

static struct {
	char folder[256];
	struct host_root root;
	struct fake_kernel *kernel; /* shared with the workers */
	struct fake_state start;
	struct trial_plan plan;
	struct call wreck; /* where the trial that leaves a wreck dies */
} test;

struct counts {
	unsigned long runs, reached, with_error, recorded, restored;
};

static bool is_start(void)
{
	const struct fake_device *now = &test.kernel->state.devices[0];
	const struct fake_device *then = &test.start.devices[0];

	return strcmp(now->driver, then->driver) == 0 && strcmp(now->override, then->override) == 0;
}

static size_t records_left(void)
{
	struct undo_record_list list;
	size_t count;

	if (undo_record_list_read(test.folder, &list) < 0)
		return 0;
	count = list.n_records;
	undo_record_list_release(&list);
	return count;
}

/* What the client would print of it, judged where it would be printed. */
static int judge_outcome(const struct worker_outcome *outcome)
{
	const struct worker_result *result = &outcome->results[0];
	bool complete = outcome->ending == WORKER_ENDED && result->attempts[0].complete;

	if (result->restored == TRUTH_YES && !is_start())
		return ENDS_FALSELY;
	if (complete && result->restored == TRUTH_YES)
		return ENDS_WELL;
	if (outcome->why || result->restore_detail || attempt_first_failure(&result->attempts[0]))
		return ENDS_WITH_A_REASON;
	return ENDS_SILENTLY;
}

static int run_trial(void *data)
{
	const struct worker_trial trial = {
		.root = &test.root,
		.plan = &test.plan,
		.undo_folder = test.folder,
		.timeout = 20,
		.grace = 20,
	};
	struct worker_outcome outcome;

	(void)data;
	if (worker_run_trial(&trial, &outcome) < 0)
		return ENDS_WITH_A_REASON;
	return judge_outcome(&outcome);
}

static int run_restore(void *data)
{
	struct recovery_list list;

	(void)data;
	if (recovery_run(test.folder, NULL, 0, 20, &list) < 0)
		return ENDS_WITH_A_REASON;
	for (size_t i = 0; i < list.n_recoveries; i++)
		if (list.recoveries[i].result != RESTORE_DONE)
			return list.recoveries[i].detail ? ENDS_WITH_A_REASON : ENDS_SILENTLY;
	return is_start() ? ENDS_WELL : ENDS_FALSELY;
}

static int (*const bodies[])(void *data) = {run_trial, run_restore};

static void begin(void)
{
	fake_kernel_process_dies(test.kernel);
	test.kernel->violations = 0;
	test.kernel->state = test.start;
}

static void explain(enum target target, const struct call *at, int err, bool on,
		    const struct supervision_end *end)
{
	fprintf(stderr, "    %s: %s #%u of %u at %s, errno %d%s; status %#x%s\n",
		target_names[target], call_name(at->number), at->nth, at->who, at->where, err,
		on ? " from there on" : "", (unsigned)end->status, end->late ? ", late" : "");
}

/* Workers that outlived their client put back as well; then nobody is left to do it but us. */
static bool restore_plainly(void)
{
	for (int tries = 0; tries < 200; tries++) {
		struct recovery_list list;
		bool later = false;

		if (recovery_run(test.folder, NULL, 0, 20, &list) < 0)
			return false;
		for (size_t i = 0; i < list.n_recoveries; i++)
			later |= !restore_result_is_final(list.recoveries[i].result);
		recovery_list_release(&list);
		if (!later)
			break;
		usleep(50000);
	}
	return is_start() && records_left() == 0;
}

static void leave_wreck(void)
{
	const struct supervision what = {.body = run_trial, .at = &test.wreck, .seconds = SECONDS};
	struct supervision_end end = {0};

	/* A process of the run before may hold the lock for another moment. */
	for (int tries = 0; tries < 100 && !end.reached; tries++) {
		if (tries > 0)
			usleep(50000);
		CHECK_INT(supervise(&what, &end), 0);
	}
	CHECK(end.reached && !is_start() && records_left() == 1);
	fake_kernel_process_dies(test.kernel);
}

static void fail_at(enum target target, const struct call *at, int err, bool on,
		    struct counts *counts)
{
	const struct supervision what = {.body = bodies[target],
					 .at = at,
					 .err = err,
					 .from_then_on = on,
					 .seconds = SECONDS};
	struct supervision_end end;
	bool good, whole;
	size_t records;
	int status;

	begin();
	if (target == RESTORE)
		leave_wreck();
	CHECK_INT(supervise(&what, &end), 0);
	fake_kernel_process_dies(test.kernel);
	status = WIFEXITED(end.status) ? WEXITSTATUS(end.status) : -1;
	whole = is_start();
	records = records_left();
	good = !end.late && (err == 0 || (status >= 0 && status < ENDS_SILENTLY));
	good &= whole || records == 1;
	good &= status != ENDS_WELL || whole;
	counts->runs++;
	counts->reached += end.reached;
	counts->with_error += status == ENDS_WITH_A_REASON;
	counts->recorded += records;
	good &= restore_plainly();
	good &= test.kernel->violations == 0;
	counts->restored += !whole && is_start();
	CHECK(good);
	if (!good)
		explain(target, at, err, on, &end);
}

/* What the fake kernel and the sanitizers call themselves is not ours to fail. */
static bool is_ours(const struct call *call)
{
	switch (call->number) {
#ifdef SYS_access
	case SYS_access:
#endif
	case SYS_faccessat:
	case SYS_faccessat2:
		return call->who == 0;
#ifdef SANITIZED
	case SYS_mmap:
	case SYS_munmap:
	case SYS_mprotect:
	case SYS_mremap:
	case SYS_madvise:
	case SYS_brk:
		return false;
#endif
	}
	return true;
}

static void sweep(enum target target)
{
	struct call_log log = {0};
	const struct supervision what = {.body = bodies[target], .seconds = SECONDS, .log = &log};
	struct counts counts = {0};
	struct supervision_end end;

	begin();
	if (target == RESTORE)
		leave_wreck();
	CHECK_INT(supervise(&what, &end), 0);
	CHECK(WIFEXITED(end.status) && WEXITSTATUS(end.status) == ENDS_WELL);
	CHECK(log.n_calls > 40);
	for (size_t i = 0; i < log.n_calls; i++) {
		const struct call *call = &log.calls[i];

		if (!is_ours(call))
			continue;
		if (target == TRIAL && call->who == 1 && call->number == SYS_poll)
			test.wreck = *call;
		for (size_t e = 0; e < ARRAY_LENGTH(errnos); e++)
			fail_at(target, call, errnos[e], false, &counts);
		fail_at(target, call, errnos[i % ARRAY_LENGTH(errnos)], true, &counts);
		fail_at(target, call, 0, false, &counts);
	}
	printf("%s: %zu system calls; %lu runs, the call was met in %lu, %lu ended with an error, "
	       "%lu left a record, %lu were put back by a plain restore\n",
	       target_names[target], log.n_calls, counts.runs, counts.reached, counts.with_error,
	       counts.recorded, counts.restored);
	CHECK(counts.reached * 10 > counts.runs * 9);
	call_log_release(&log);
}

int main(void)
{
	test.kernel = mmap(NULL, sizeof(*test.kernel), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (test.kernel == MAP_FAILED || !fake_folder_make(test.folder) ||
	    host_root_open(NULL, &test.root) < 0)
		return 99;
	fake_kernel_init(test.kernel, test.folder);
	fake_kernel_add_vfio(test.kernel);
	fake_kernel_add_device(test.kernel, 1, 12, "e1000e", "other");
	test.start = test.kernel->state;
	fake_kernel_plan(test.kernel, NULL, &test.plan);
	worker_operations = &fake_operations;
	worker_kernel = test.kernel;
	for (enum target target = TRIAL; target < N_TARGETS; target++)
		sweep(target);
	trial_plan_release(&test.plan);
	host_root_close(&test.root);
	fake_folder_remove(test.folder);
	return check_result();
}
