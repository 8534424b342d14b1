/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undo records on disk, their owners, and the lock beside them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../fake/fake_kernel.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "check.h"
#include "trial/lock.h"
#include "trial/undo.h"

static char folder[256];

static struct undo_record sample(void)
{
	struct undo_record record = {
		.address = {.domain = 0x10000, .bus = 0xe1, .slot = 0x1f, .function = 7},
		.vendor = 0x8086,
		.device = 0x000a,
		.group = 12,
		.driver = (char *)"e1000e",
		.driver_override = NULL,
		.power_control = (char *)"auto",
		.trial_driver = (char *)"vfio-pci",
	};

	CHECK_INT(undo_record_claim(&record), 0);
	CHECK_INT(strlen(record.boot_id), 36);
	CHECK_INT(record.worker_pid, getpid());
	return record;
}

static void compare(const struct undo_record *got, const struct undo_record *wanted)
{
	CHECK_STR(got->boot_id, wanted->boot_id);
	CHECK(pci_address_equal(&got->address, &wanted->address));
	CHECK_INT(got->vendor, wanted->vendor);
	CHECK_INT(got->device, wanted->device);
	CHECK_INT(got->group, wanted->group);
	CHECK_STR(got->driver, wanted->driver);
	CHECK_STR(got->driver_override, wanted->driver_override);
	CHECK_STR(got->power_control, wanted->power_control);
	CHECK_STR(got->trial_driver, wanted->trial_driver);
	CHECK_INT(got->links.n_links, wanted->links.n_links);
	for (size_t i = 0; i < got->links.n_links; i++) {
		CHECK_STR(got->links.links[i].name, wanted->links.links[i].name);
		CHECK_INT(got->links.links[i].port, wanted->links.links[i].port);
		CHECK_INT(got->links.links[i].up, wanted->links.links[i].up);
	}
	CHECK_INT(got->worker_pid, wanted->worker_pid);
	CHECK(got->worker_start == wanted->worker_start);
}

static void round_trip(const struct undo_record *record)
{
	struct undo_record_list list;

	CHECK_INT(undo_record_write(folder, record), 0);
	CHECK_INT(undo_record_list_read(folder, &list), 0);
	CHECK_INT(list.n_unreadable, 0);
	CHECK_INT(list.n_records, 1);
	if (list.n_records == 1)
		compare(&list.records[0], record);
	undo_record_list_release(&list);
	CHECK_INT(undo_record_remove(folder, &record->address), 0);
	CHECK_INT(undo_record_remove(folder, &record->address), 0);
}

static void round_trips(void)
{
	static const char *const names[] = {
		"two words",  " leading", "trailing ",	"tab\tinside", "driver vfio-pci",
		"end",	      "-",	  "none",	"(nul)",       "caf\303\251",
		"\"quoted\"", "%s%n",	  "worker 1 1",
	};
	struct undo_record record = sample(), empty = sample();
	char long_name[4000];

	round_trip(&record);
	record.group = -1;
	record.driver = NULL;
	record.power_control = NULL;
	round_trip(&record);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		record.driver = (char *)names[i];
		record.driver_override = (char *)names[i];
		round_trip(&record);
	}
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	record.driver_override = long_name;
	round_trip(&record);

	/* An empty name is no name. */
	empty.driver_override = (char *)"";
	CHECK_INT(undo_record_write(folder, &empty), 0);
	empty.driver_override = NULL;
	CHECK_INT(undo_record_remove(folder, &empty.address), 0);
	round_trip(&empty);
}

static char *text_of(const struct undo_record *record)
{
	char name[PCI_ADDRESS_SIZE], path[300];
	char *text = NULL;

	CHECK_INT(undo_record_write(folder, record), 0);
	snprintf(path, sizeof(path), "%s/%s", folder, pci_address_format(&record->address, name));
	CHECK_INT(fd_read_all_at(AT_FDCWD, path, 65536, &text, NULL), 0);
	undo_record_remove(folder, &record->address);
	return text;
}

/* A record that was cut short must never be taken for one that says less. */
static void cut_short(void)
{
	struct undo_record record = sample(), parsed;
	AUTO_FREE char *text = text_of(&record);
	size_t length = strlen(text);

	CHECK_INT(undo_record_parse(text, &parsed), 0);
	undo_record_release(&parsed);
	for (size_t cut = 0; cut < length; cut++) {
		AUTO_FREE char *shorter = strndup(text, cut);

		CHECK_INT(undo_record_parse(shorter, &parsed), -EINVAL);
	}
	/* A line that is missing, and one that stands twice. */
	for (char *line = text; *line; line = strchr(line, '\n') + 1) {
		size_t line_length = (size_t)(strchr(line, '\n') + 1 - line);
		AUTO_FREE char *changed = calloc(1, 2 * length);

		memcpy(changed, text, (size_t)(line - text));
		strcat(changed, line + line_length);
		CHECK_INT(undo_record_parse(changed, &parsed), -EINVAL);
		memset(changed, 0, 2 * length);
		memcpy(changed, text, (size_t)(line + line_length - text));
		strcat(changed, line);
		CHECK_INT(undo_record_parse(changed, &parsed), -EINVAL);
	}
}

/* Interfaces, and the line of a version to come. */
static void later_lines(void)
{
	struct undo_record record = sample(), parsed;
	AUTO_FREE char *text = NULL, *newer = NULL;
	struct network_links *links = &record.links;

	strcpy(links->links[0].name, "lan0");
	links->links[0].up = true;
	strcpy(links->links[1].name, "p1.2@x");
	links->links[1].port = 1;
	links->n_links = 2;
	round_trip(&record);
	text = text_of(&record);
	CHECK(strstr(text, "\nlink lan0 0 up\nlink p1.2@x 1 down\nend\n") != NULL);
	text[strlen(text) - strlen("end\n")] = '\0';
	if (asprintf(&newer, "%sprobe iommu/attach 7\nend\n", text) < 0)
		abort();
	CHECK_INT(undo_record_parse(newer, &parsed), 0);
	compare(&parsed, &record);
	undo_record_release(&parsed);
}

static void lies(void)
{
	static const struct {
		const char *line, *instead;
	} cases[] = {
		{"iommu-diag-undo 1", "iommu-diag-undo 2"},
		{"driver e1000e", "driver ../../../../etc"},
		{"driver e1000e", "driver .."},
		{"driver e1000e", "driver "},
		{"trial-driver vfio-pci", "trial-driver a/b"},
		{"ids 8086:000a", "ids 8086:000a5"},
		{"ids 8086:000a", "ids 8086"},
		{"group 12", "group twelve"},
		{"group 12", "group 12x"},
		{"address 10000:e1:1f.7", "address 10000:e1:1f.8"},
		{"address 10000:e1:1f.7", "address e1:1f.7"},
	};
	struct undo_record record = sample(), parsed;
	AUTO_FREE char *text = text_of(&record);

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const char *at = strstr(text, cases[i].line);
		AUTO_FREE char *changed = NULL;

		CHECK(at != NULL);
		if (!at || asprintf(&changed, "%.*s%s%s", (int)(at - text), text, cases[i].instead,
				    at + strlen(cases[i].line)) < 0)
			continue;
		CHECK_INT(undo_record_parse(changed, &parsed), -EINVAL);
	}
	CHECK_INT(undo_record_parse("", &parsed), -EINVAL);
}

static void put_file(const char *name, const char *text)
{
	char path[600];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	CHECK(file && fputs(text, file) >= 0);
	if (file)
		fclose(file);
}

static void unreadable_files_stay(void)
{
	struct undo_record record = sample();
	AUTO_FREE char *text = text_of(&record);
	struct undo_record_list list;
	char path[600];

	put_file("0000:01:00.0", text); /* under another's name */
	put_file("notes.txt", "hello\n");
	put_file("0000:02:00.0", "");
	put_file(".10000:e1:1f.7.tmp", "iommu-diag-undo 1\nboot-");
	snprintf(path, sizeof(path), "%s/0000:03:00.0", folder);
	CHECK_INT(mkdir(path, 0700), 0);
	/* The half record of a process that was killed is no obstacle. */
	CHECK_INT(undo_record_write(folder, &record), 0);
	CHECK_INT(undo_record_write(folder, &record), -EEXIST);
	CHECK_INT(undo_record_list_read(folder, &list), 0);
	CHECK_INT(list.n_records, 1);
	CHECK_INT(list.n_unreadable, 4);
	for (size_t i = 0; i < list.n_unreadable; i++)
		CHECK(strstr(list.unreadable[i], ": ") != NULL);
	undo_record_list_release(&list);
	CHECK_INT(undo_record_remove(folder, &record.address), 0);
	CHECK_INT(rmdir(path), 0);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {"0000:01:00.0", "notes.txt", "0000:02:00.0"};

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		CHECK_INT(unlink(path), 0);
	}
}

static void folders(void)
{
	struct undo_record record = sample();
	struct undo_record_list list;
	char path[600];

	snprintf(path, sizeof(path), "%s/below/undo", folder);
	CHECK_INT(undo_record_list_read(path, &list), 0);
	CHECK_INT(list.n_records, 0);
	CHECK_INT(undo_record_remove(path, &record.address), 0);
	CHECK_INT(access(path, F_OK), -1);
	/* Made with its parents. */
	CHECK_INT(undo_record_write(path, &record), 0);
	CHECK_INT(undo_record_remove(path, &record.address), 0);
	CHECK_INT(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/below", folder);
	CHECK_INT(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/a/b/c", folder);
	CHECK_INT(undo_record_write(path, &record), 0);
	CHECK_INT(undo_record_remove(path, &record.address), 0);
	for (int depth = 0; depth < 3; depth++) {
		CHECK_INT(rmdir(path), 0);
		*strrchr(path, '/') = '\0';
	}
	put_file("file", "");
	snprintf(path, sizeof(path), "%s/file", folder);
	CHECK_INT(undo_record_write(path, &record), -ENOTDIR);
	CHECK_INT(undo_record_list_read(path, &list), -ENOTDIR);
	unlink(path);
}

static void sorted(void)
{
	static const uint8_t buses[] = {9, 1, 0x80, 4};
	struct undo_record record = sample();
	struct undo_record_list list;

	for (size_t i = 0; i < ARRAY_LENGTH(buses); i++) {
		record.address.bus = buses[i];
		CHECK_INT(undo_record_write(folder, &record), 0);
	}
	CHECK_INT(undo_record_list_read(folder, &list), 0);
	CHECK_INT(list.n_records, ARRAY_LENGTH(buses));
	for (size_t i = 1; i < list.n_records; i++)
		CHECK(list.records[i - 1].address.bus < list.records[i].address.bus);
	for (size_t i = 0; i < list.n_records; i++)
		undo_record_remove(folder, &list.records[i].address);
	undo_record_list_release(&list);
}

static void owners(void)
{
	struct undo_record record = sample();
	int ends[2];
	pid_t child;

	CHECK(undo_record_owner_is_alive(&record));
	/* The pid is somebody else's by now. */
	record.worker_start++;
	CHECK(!undo_record_owner_is_alive(&record));
	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		struct undo_record own = {0};

		undo_record_claim(&own);
		_exit(write(ends[1], &own, sizeof(own)) != sizeof(own) || pause());
	}
	CHECK_INT(read(ends[0], &record, sizeof(record)), sizeof(record));
	CHECK_INT(record.worker_pid, child);
	CHECK(undo_record_owner_is_alive(&record));
	kill(child, SIGKILL);
	/* A zombie holds nothing any more. */
	CHECK_INT(waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	CHECK(!undo_record_owner_is_alive(&record));
	waitpid(child, NULL, 0);
	CHECK(!undo_record_owner_is_alive(&record));
	close(ends[0]);
	close(ends[1]);
}

/* Another process holds the lock of group 12 for as long as it lives. */
static void locks(void)
{
	const struct pci_address device = {.bus = 1}, other = {.bus = 2};
	struct trial_lock lock, second;
	int ends[2];
	pid_t child;
	char byte;

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		int result = trial_lock_take(folder, 12, &device, 0, &lock);

		_exit(write(ends[1], result == 0 ? "y" : "n", 1) != 1 || pause());
	}
	CHECK_INT(read(ends[0], &byte, 1), 1);
	CHECK_INT(byte, 'y');
	CHECK_INT(trial_lock_take(folder, 12, &other, 0, &lock), -EBUSY);
	CHECK_INT(lock.fd, -1);
	trial_lock_release(&lock);
	CHECK_INT(trial_lock_take(folder, 13, &device, 0, &lock), 0);
	CHECK_INT(trial_lock_take(folder, -1, &device, 0, &second), 0);
	trial_lock_release(&second);
	trial_lock_release(&lock);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	/* The kernel has let go of it; the name that it left is no obstacle. */
	CHECK_INT(trial_lock_take(folder, 12, &device, 1, &lock), 0);
	CHECK_INT(trial_lock_take(folder, 12, &device, 0, &second), -EBUSY);
	trial_lock_release(&lock);
	trial_lock_release(&lock);
	CHECK_INT(trial_lock_take(folder, 12, &device, 0, &lock), 0);
	trial_lock_release(&lock);
	close(ends[0]);
	close(ends[1]);
	put_file("file", "");
	{
		char path[600];

		snprintf(path, sizeof(path), "%s/file", folder);
		CHECK_INT(trial_lock_take(path, 1, &device, 0, &lock), -ENOTDIR);
		unlink(path);
	}
}

/* Takes and leaves the lock again and again; only one at a time may be inside. */
static int compete(void)
{
	const struct pci_address device = {.bus = 1};
	const time_t end = time(NULL) + 1;
	char path[600];
	int result = 0;

	snprintf(path, sizeof(path), "%s/.inside", folder);
	while (result == 0 && time(NULL) <= end) {
		struct trial_lock lock;
		int inside;

		if (trial_lock_take(folder, 12, &device, 0, &lock) != 0)
			continue;
		inside = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (inside < 0)
			result = 1;
		else
			close(inside);
		unlink(path);
		trial_lock_release(&lock);
	}
	return result;
}

/* The file of a lock goes with it: one who opened it before must not hold its ghost. */
static void locks_do_not_overlap(void)
{
	pid_t children[4];

	for (size_t i = 0; i < ARRAY_LENGTH(children); i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(compete());
	}
	for (size_t i = 0; i < ARRAY_LENGTH(children); i++) {
		int status = -1;

		waitpid(children[i], &status, 0);
		CHECK_INT(status, 0);
	}
}

/* All groups of a plan or none: one that is taken lets go of those before it. */
static void locks_of_several_groups(void)
{
	struct trial_device devices[] = {
		{.group = 14}, {.group = 12}, {.group = 14}, {.group = 13}};
	const struct trial_plan plan = {
		.joint = true, .group = -1, .devices = devices, .n_devices = 4};
	struct trial_lock locks[ARRAY_LENGTH(devices)], taken;
	size_t n_locks;

	CHECK_INT(trial_locks_take(folder, &plan, locks, &n_locks), 0);
	CHECK_INT(n_locks, 3);
	for (int group = 12; group <= 14; group++)
		CHECK_INT(trial_lock_take(folder, group, &devices[0].address, 0, &taken), -EBUSY);
	trial_locks_release(locks, n_locks);

	CHECK_INT(trial_lock_take(folder, 13, &devices[0].address, 0, &taken), 0);
	CHECK_INT(trial_locks_take(folder, &plan, locks, &n_locks), -EBUSY);
	CHECK_INT(n_locks, 0);
	trial_lock_release(&taken);
	CHECK_INT(trial_lock_take(folder, 12, &devices[0].address, 0, &taken), 0);
	trial_lock_release(&taken);

	/* One that has no group yet stands for itself. */
	devices[0].group = -1;
	CHECK_INT(trial_locks_take(
			  folder,
			  &(struct trial_plan){.group = -1, .devices = devices, .n_devices = 1},
			  locks, &n_locks),
		  0);
	CHECK_INT(n_locks, 1);
	trial_locks_release(locks, n_locks);
}

int main(void)
{
	struct fake_kernel kernel;

	if (!fake_folder_make(folder))
		return 99;
	round_trips();
	cut_short();
	later_lines();
	lies();
	unreadable_files_stay();
	folders();
	sorted();
	owners();
	locks();
	locks_do_not_overlap();
	locks_of_several_groups();
	/* No record, no temporary file, no lock is left. */
	fake_kernel_init(&kernel, folder);
	CHECK(fake_kernel_no_records(&kernel));
	fake_folder_remove(folder);
	return check_result();
}
