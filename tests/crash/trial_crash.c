/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every crash there is: the trial stops dead before and after each operation; what it left is
 * restored from the records on disk, as a fresh process does; that restore stops dead before and
 * after each of its operations too, and so does the one after it, and any later one: each wreck
 * that a crash leaves is looked at until no crash leaves a new one. From every one of them a
 * restore that is let run must make the world as it was at the start, and leave no record.
 *
 * The worlds are those of worlds.c, and for each answer of the kernel that tests/cases/ tells
 * of, one in which it comes.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cases.h"
#include "tests/fake/trial_log.h"
#include "tests/unit/check.h"
#include "worlds.h"
#include "wreck.h"

/* What a process that stops dead had allocated is no leak of the program. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/* This kernel does nothing meanwhile, so that nobody need wait for it. */
int nanosleep(const struct timespec *request, struct timespec *remaining)
{
	(void)request;
	(void)remaining;
	return 0;
}

struct counts {
	unsigned long worlds, operations;
	unsigned long trial;	/* crashes of the trial */
	unsigned long restore;	/* ... each with one of the restore after it */
	unsigned long restore2; /* ... and one of the restore after that */
	unsigned long wrecks;
};

static struct {
	char folder[256];
	struct fake_kernel kernel;
	struct trial_plan plan;
	struct trial_log log;
	struct fake_state start;
	struct counts all;
} test;

static void begin(const struct crash_world *world)
{
	fake_kernel_init(&test.kernel, test.folder);
	fake_kernel_add_vfio(&test.kernel);
	world->build(&test.kernel);
	if (world->module)
		test.kernel.state.modules[0].loaded = false;
	fake_kernel_script(&test.kernel, world->script);
	test.start = test.kernel.state;
	test.log = (struct trial_log){.driver = "vfio-pci"};
}

static void run_trial(void)
{
	trial_log_run(&test.log, &test.kernel, &test.plan);
}

static void run_restore(void)
{
	fake_kernel_restore_all(&test.kernel);
}

/* Runs @what, which stops dead at operation @at (0: nowhere). Returns whether it did. */
static bool crashes(void (*what)(void), unsigned long at, bool before)
{
	bool crashed;

	test.kernel.crash_at = at;
	test.kernel.crash_before = before;
	if (__lsan_disable)
		__lsan_disable();
	if (setjmp(test.kernel.crash) == 0) {
		what();
		crashed = false;
	} else {
		crashed = true;
	}
	if (__lsan_enable)
		__lsan_enable();
	return crashed;
}

/* Everything is as before, nothing is left, and another restore changes nothing. */
static bool is_whole(void)
{
	bool whole = fake_kernel_equal(&test.kernel, &test.start);

	whole &= test.kernel.violations == 0;
	whole &= fake_kernel_no_records(&test.kernel);
	fake_kernel_process_dies(&test.kernel);
	whole &= fake_kernel_restore_all(&test.kernel) == 0 && test.kernel.writes == 0;
	whole &= fake_kernel_equal(&test.kernel, &test.start);
	return whole;
}

/* Restores from the wreck: once to the end, and once for each crash of that restore. */
static void look_at(struct wreck_set *set, size_t index, const char *name)
{
	unsigned long operations;
	size_t *next;
	bool good;

	wreck_bring_back(&set->wrecks[index], &test.kernel);
	good = fake_kernel_restore_all(&test.kernel) == 0;
	operations = test.kernel.operations;
	good &= is_whole();
	CHECK(good);
	if (!good)
		fprintf(stderr, "    in \"%s\", restored from:\n%s\n", name,
			set->wrecks[index].key);
	next = calloc(2 * operations + 1, sizeof(*next));
	if (!next)
		abort();
	for (unsigned long n = 0; n < 2 * operations; n++) {
		wreck_bring_back(&set->wrecks[index], &test.kernel);
		CHECK(crashes(run_restore, n / 2 + 1, n % 2 == 0));
		fake_kernel_process_dies(&test.kernel);
		next[n] = wreck_set_note(set, &test.kernel);
	}
	set->wrecks[index].next = next;
	set->wrecks[index].n_next = 2 * operations;
}

static void count_restores(const struct wreck_set *set, size_t index, struct counts *counts)
{
	const struct wreck *wreck = &set->wrecks[index];

	counts->restore += wreck->n_next;
	for (size_t i = 0; i < wreck->n_next; i++)
		counts->restore2 += set->wrecks[wreck->next[i]].n_next;
}

static void add_counts(struct counts *sum, const struct counts *more)
{
	sum->worlds += more->worlds;
	sum->operations += more->operations;
	sum->trial += more->trial;
	sum->restore += more->restore;
	sum->restore2 += more->restore2;
	sum->wrecks += more->wrecks;
}

/* What @set knows already, of worlds that begin like this one, is not looked at again. */
static void crash_everywhere(const struct crash_world *world, unsigned long operations,
			     struct wreck_set *set, struct counts *ret)
{
	size_t known = set->n_wrecks;
	size_t *after = calloc(2 * operations, sizeof(*after));

	if (!after)
		abort();
	*ret = (struct counts){.worlds = 1, .operations = operations};
	for (unsigned long n = 0; n < 2 * operations; n++) {
		begin(world);
		CHECK(crashes(run_trial, n / 2 + 1, n % 2 == 0));
		fake_kernel_process_dies(&test.kernel);
		after[n] = wreck_set_note(set, &test.kernel);
		ret->trial++;
		wreck_clean_up(&test.kernel);
	}
	for (size_t i = known; i < set->n_wrecks; i++)
		look_at(set, i, world->name);
	wreck_clean_up(&test.kernel);
	for (unsigned long n = 0; n < ret->trial; n++)
		count_restores(set, after[n], ret);
	ret->wrecks = set->n_wrecks - known;
	free(after);
}

static void print_counts(const char *name, const struct counts *counts)
{
	printf("%-28s %5lu operations, %6lu crashes of the trial, %8lu with one of the restore, "
	       "%10lu with two; %lu wrecks\n",
	       name, counts->operations, counts->trial, counts->restore, counts->restore2,
	       counts->wrecks);
}

/* Returns whether the trial, let run, came to all that the script changes. */
static bool try_world(const struct crash_world *world, struct wreck_set *set, struct counts *ret)
{
	unsigned long operations;
	bool used;

	*ret = (struct counts){0};
	begin(world);
	fake_kernel_plan(&test.kernel, world->module, &test.plan);
	test.plan.takes_type1 = world->takes_type1;
	test.plan.takes_iommufd = world->takes_iommufd;
	test.plan.joint = world->joint;
	if (world->joint)
		test.plan.group = -1;
	CHECK(!crashes(run_trial, 0, false));
	operations = test.kernel.operations;
	used = test.kernel.n_lines == 0 || test.kernel.script[0].used > 0;
	CHECK(is_whole());
	if (used)
		crash_everywhere(world, operations, set, ret);
	trial_plan_release(&test.plan);
	return used;
}

static void try_worlds(void)
{
	struct counts counts;

	for (size_t i = 0; i < n_crash_worlds; i++) {
		struct wreck_set set = {0};

		try_world(&crash_worlds[i], &set, &counts);
		wreck_set_release(&set);
		print_counts(crash_worlds[i].name, &counts);
		add_counts(&test.all, &counts);
	}
}

/* Each answer that a case tells of: to the first device, and to the second where it comes to it. */
static void try_cases(void)
{
	struct counts counts, sum = {0};
	struct wreck_set set = {0};
	struct crash_case_list cases;
	char name[80], script[80];

	CHECK_INT(crash_cases_read(&cases), 0);
	CHECK(cases.n_cases > 100);
	for (size_t i = 0; i < cases.n_cases; i++) {
		const struct crash_case *one = &cases.cases[i];
		struct crash_world world = {
			.name = name,
			.build = crash_world_build_pair,
			.module = one->loads_module ? "vfio_pci" : NULL,
			.script = script,
			.takes_type1 = !one->on_iommufd,
			.takes_iommufd = one->on_iommufd,
		};

		for (int call = 1; call <= 2; call++) {
			bool reached;

			snprintf(script, sizeof(script), "%s#%d %s", one->step, call, one->err);
			snprintf(name, sizeof(name), "%s", script);
			reached = try_world(&world, &set, &counts);
			CHECK(reached || call == 2);
			if (!reached && call == 1)
				fprintf(stderr, "    no trial takes %s\n", one->step);
			add_counts(&sum, &counts);
		}
	}
	snprintf(name, sizeof(name), "%zu answers, %lu worlds", cases.n_cases, sum.worlds);
	print_counts(name, &sum);
	add_counts(&test.all, &sum);
	crash_cases_release(&cases);
	wreck_set_release(&set);
}

int main(void)
{
	if (!fake_folder_make(test.folder))
		return 99;
	try_worlds();
	try_cases();
	print_counts("all worlds", &test.all);
	fake_folder_remove(test.folder);
	return check_result();
}
