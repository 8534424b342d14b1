/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every crash there is: the trial stops dead before and after each operation; what it left is
 * restored from the records on disk, as a fresh process does; that restore stops dead before and
 * after each of its operations too; and is run again, twice. The world must be as at the start
 * and no record be left.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fake/trial_log.h"
#include "../unit/check.h"
#include "base/cleanup.h"
#include "base/fd.h"

/* What a process that stops dead had allocated is no leak of the program. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

struct world {
	const char *name;
	void (*build)(struct fake_kernel *kernel);
	const char *module; /* that the plan loads */
	const char *script;
	bool iommufd; /* both paths, one after the other */
};

struct saved_record {
	char name[PCI_ADDRESS_SIZE];
	char *text;
};

/* Where one crash has left the world. */
struct wreck {
	struct fake_state state;
	struct saved_record records[FAKE_DEVICES];
	size_t n_records;
};

static struct {
	char folder[256];
	struct fake_kernel kernel;
	struct trial_plan plan;
	struct trial_log log;
	struct fake_state start;
	unsigned long trial_crashes, restore_crashes;
} test;

static void device(struct fake_kernel *kernel, uint8_t bus, const char *driver,
		   const char *override, const char *power)
{
	struct fake_device *added = fake_kernel_add_device(kernel, bus, 12, driver, override);

	strcpy(added->power_control, power);
	if (driver && strcmp(driver, "pci-stub") == 0)
		strcpy(added->native, "e1000e");
}

static void build_bound(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", NULL, "auto");
}

static void build_unbound(struct fake_kernel *kernel)
{
	device(kernel, 1, NULL, NULL, "on");
}

static void build_override(struct fake_kernel *kernel)
{
	device(kernel, 1, NULL, "pci-stub", "auto");
}

static void build_override_in_the_way(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", "vfio-pci", "on");
}

static void build_override_cleared_since(struct fake_kernel *kernel)
{
	device(kernel, 1, "pci-stub", NULL, "on");
}

static void build_two(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", NULL, "auto");
	device(kernel, 2, "igb", "other", "on");
}

static void build_three(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", NULL, "on");
	device(kernel, 2, "vfio-pci", "vfio-pci", "auto");
	device(kernel, 3, NULL, NULL, "auto");
}

static void build_sibling(struct fake_kernel *kernel)
{
	device(kernel, 1, "e1000e", NULL, "on");
	device(kernel, 2, "igb", NULL, "on");
	kernel->state.devices[1].in_plan = false;
}

static void build_without_group(struct fake_kernel *kernel)
{
	fake_kernel_add_device(kernel, 1, -1, "e1000e", NULL)->group_at_bind = 3;
}

/* Two whose interfaces come back under the name of the other, one that was up. */
static void build_interfaces(struct fake_kernel *kernel)
{
	for (uint8_t i = 0; i < 2; i++) {
		device(kernel, (uint8_t)(i + 1), "e1000e", NULL, "on");
		kernel->state.devices[i].has_link = true;
		snprintf(kernel->state.devices[i].link.name, LINK_NAME_SIZE, "lan%u", i);
		kernel->state.devices[i].link.up = i == 0;
	}
}

static const struct world worlds[] = {
	{"bound", build_bound, NULL, "", false},
	{"unbound", build_unbound, NULL, "", false},
	{"override set before", build_override, NULL, "", false},
	{"override in the way", build_override_in_the_way, NULL, "", false},
	{"override cleared since", build_override_cleared_since, NULL, "", false},
	{"two of a group", build_two, NULL, "", false},
	{"three, one on VFIO", build_three, NULL, "", false},
	{"sibling on its driver", build_sibling, NULL, "", false},
	{"group at the first bind", build_without_group, NULL, "", false},
	{"driver to be loaded", build_two, "vfio_pci", "", false},
	{"override refused", build_bound, NULL, "sysfs.driver_override EINVAL", false},
	{"unbind refused", build_two, NULL, "sysfs.unbind#2 ENODEV", false},
	{"bind refused", build_bound, NULL, "sysfs.bind EINVAL", false},
	{"bind of the second refused", build_two, NULL, "sysfs.bind#2 ENOMEM", false},
	{"claim refused", build_bound, NULL, "group.set_container EPERM", false},
	{"backend refused", build_two, NULL, "container.set_iommu EPERM", false},
	{"open refused", build_two, NULL, "group.get_device_fd#1 EACCES", false},
	{"both paths", build_two, NULL, "", true},
	{"both, driver to be loaded", build_bound, "vfio_pci", "", true},
	{"claim by iommufd refused", build_two, NULL, "cdev.bind_iommufd#1 EPERM", true},
	{"IOAS refuses one", build_three, NULL, "cdev.attach_ioas#2 EINVAL", true},
	{"own domain refused", build_bound, NULL, "cdev.attach_hwpt EINVAL", true},
	{"network interfaces", build_interfaces, NULL, "", false},
	{"bind back needs a probe", build_bound, NULL, "sysfs.restore.bind#1 EINVAL", false},
};

static void begin(const struct world *world)
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

/* Runs the trial, which stops dead at operation @at (0: nowhere). Returns whether it did. */
static bool trial_crashes(unsigned long at, bool before)
{
	bool crashed;

	test.kernel.crash_at = at;
	test.kernel.crash_before = before;
	if (__lsan_disable)
		__lsan_disable();
	if (setjmp(test.kernel.crash) == 0) {
		trial_log_run(&test.log, &test.kernel, &test.plan);
		crashed = false;
	} else {
		crashed = true;
	}
	if (__lsan_enable)
		__lsan_enable();
	return crashed;
}

static bool restore_crashes(unsigned long at, bool before)
{
	bool crashed;

	test.kernel.crash_at = at;
	test.kernel.crash_before = before;
	if (__lsan_disable)
		__lsan_disable();
	if (setjmp(test.kernel.crash) == 0) {
		fake_kernel_restore_all(&test.kernel);
		crashed = false;
	} else {
		crashed = true;
	}
	if (__lsan_enable)
		__lsan_enable();
	return crashed;
}

static void record_path(const struct fake_device *of, char *path, size_t size, char *name)
{
	pci_address_format(&of->address, name);
	snprintf(path, size, "%s/%s", test.folder, name);
}

static void save(struct wreck *wreck)
{
	wreck->state = test.kernel.state;
	wreck->n_records = 0;
	for (size_t i = 0; i < test.kernel.state.n_devices; i++) {
		struct saved_record *record = &wreck->records[wreck->n_records];
		char path[300];

		record_path(&test.kernel.state.devices[i], path, sizeof(path), record->name);
		if (fd_read_all_at(AT_FDCWD, path, 65536, &record->text, NULL) == 0)
			wreck->n_records++;
	}
}

static void bring_back(const struct wreck *wreck)
{
	fake_kernel_process_dies(&test.kernel);
	test.kernel.state = wreck->state;
	for (size_t i = 0; i < wreck->n_records; i++) {
		char path[300];
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", test.folder, wreck->records[i].name);
		file = fopen(path, "we");
		if (!file || fputs(wreck->records[i].text, file) < 0 || fclose(file) != 0)
			abort();
	}
}

static void discard(struct wreck *wreck)
{
	for (size_t i = 0; i < wreck->n_records; i++)
		free(wreck->records[i].text);
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

static void restore_with_crashes(const struct world *world, unsigned long at, bool before)
{
	struct wreck wreck;
	unsigned long operations;

	fake_kernel_process_dies(&test.kernel);
	save(&wreck);
	CHECK_INT(fake_kernel_restore_all(&test.kernel), 0);
	operations = test.kernel.operations;
	if (!is_whole())
		fprintf(stderr, "    in \"%s\", crash %s operation %lu\n", world->name,
			before ? "before" : "after", at);
	CHECK_INT(test.kernel.violations, 0);
	for (unsigned long m = 1; m <= 2 * operations; m++) {
		bool first = m % 2, good;

		bring_back(&wreck);
		good = restore_crashes((m + 1) / 2, first);
		test.restore_crashes++;
		fake_kernel_process_dies(&test.kernel);
		good &= fake_kernel_restore_all(&test.kernel) == 0;
		good &= is_whole();
		CHECK(good);
		if (!good)
			fprintf(stderr,
				"    in \"%s\", crash %s operation %lu, then %s %lu of "
				"the restore\n",
				world->name, before ? "before" : "after", at,
				first ? "before" : "after", (m + 1) / 2);
	}
	discard(&wreck);
}

static void crash_everywhere(const struct world *world)
{
	unsigned long operations, trials = test.trial_crashes, restores = test.restore_crashes;

	begin(world);
	fake_kernel_plan(&test.kernel, world->module, &test.plan);
	test.plan.takes_iommufd = world->iommufd;
	CHECK(!trial_crashes(0, false));
	operations = test.kernel.operations;
	CHECK(operations >= 5);
	CHECK(is_whole());
	for (unsigned long n = 1; n <= 2 * operations; n++) {
		bool before = n % 2;

		begin(world);
		CHECK(trial_crashes((n + 1) / 2, before));
		test.trial_crashes++;
		test.kernel.restoring = false;
		restore_with_crashes(world, (n + 1) / 2, before);
	}
	trial_plan_release(&test.plan);
	printf("%-28s %3lu operations, %4lu crashes of the trial, %6lu of the restore\n",
	       world->name, operations, test.trial_crashes - trials,
	       test.restore_crashes - restores);
}

int main(void)
{
	if (!fake_folder_make(test.folder))
		return 99;
	for (size_t i = 0; i < ARRAY_LENGTH(worlds); i++)
		crash_everywhere(&worlds[i]);
	printf("%-28s %4lu crashes of the trial, %lu of the restore\n", "all worlds",
	       test.trial_crashes, test.restore_crashes);
	fake_folder_remove(test.folder);
	return check_result();
}
