/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * failcall [--every] ADDRESS: a trial of the device, and a restore of one that was killed, with
 * one system call failing at a time, as a log of a healthy run tells them. After each: it ended in
 * time, it said what is wrong, the device is back or its record is left; and a plain restore
 * then leads to the state before. Without --every one call of each kind and place of the worker
 * fails, with one errno, and one of each kind of the client; with it every call of the worker
 * does, with each errno, and is the last one of a killed trial.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../seccomp/supervise.h"

#define UNDO "/run/iommu-diag/undo"
#define SECONDS 90
#define OUT "/tmp/failcall.out"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct state {
	char driver[64], override[64];
};

/* What is run, over and over. */
struct target {
	const char *name;
	char *const *arguments;
	bool needs_wreck; /* a killed trial goes before it */
};

static struct {
	const char *address;
	struct state start;
	struct call wreck; /* where the trial that leaves a wreck is killed */
	unsigned long runs, reached, failed, recorded, restored, wrong;
} test;

static const int errnos[] = {EPERM, EIO, ENOMEM, ENOSYS};

static void wrong(const struct target *target, const struct call *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void wrong(const struct target *target, const struct call *at, const char *format, ...)
{
	va_list arguments;

	test.wrong++;
	printf("FAIL: %s, %s #%u of %u at %s: ", target->name, call_name(at->number), at->nth,
	       at->who, at->where);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

static void read_state(struct state *ret)
{
	char path[128], link[256];
	ssize_t length;
	FILE *file;

	*ret = (struct state){0};
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", test.address);
	length = readlink(path, link, sizeof(link) - 1);
	link[length < 0 ? 0 : length] = '\0';
	snprintf(ret->driver, sizeof(ret->driver), "%.63s",
		 strrchr(link, '/') ? strrchr(link, '/') + 1 : "none");
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", test.address);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%63s", ret->override) != 1)
		strcpy(ret->override, "unreadable");
	if (file)
		fclose(file);
}

static bool is_whole(void)
{
	struct state now;

	read_state(&now);
	return strcmp(now.driver, test.start.driver) == 0 &&
	       strcmp(now.override, test.start.override) == 0;
}

static bool has_record(void)
{
	DIR *stream = opendir(UNDO);
	const struct dirent *entry;
	bool found = false;

	while (stream && (entry = readdir(stream)))
		found |= entry->d_name[0] != '.';
	if (stream)
		closedir(stream);
	return found;
}

static int execute(void *data)
{
	char *const *arguments = data;
	int out = open(OUT, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	/* What the next one cannot make its own must not be in the way of it. */
	close(out);
	execv("/usr/bin/iommu-diag", arguments);
	return 125;
}

static bool said(const char *text)
{
	char line[8192];
	FILE *file = fopen(OUT, "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return found;
}

static void show(void)
{
	char line[1024];
	FILE *file = fopen(OUT, "re");

	for (int n = 0; file && n < 4 && fgets(line, sizeof(line), file); n++)
		printf("     %s%s", line, strchr(line, '\n') ? "" : "\n");
	if (file)
		fclose(file);
}

/* A restore without a filter: everything must be as before, whatever was left. */
static int restore_plainly(void)
{
	static char *const arguments[] = {(char *)"iommu-diag", (char *)"restore", NULL};
	int status = -1;

	/* A worker that was left alone may still be at it: then it is not yet, and asked again. */
	for (int tries = 0; tries < 40; tries++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(execute((void *)arguments));
		waitpid(pid, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) != 4)
			break;
		usleep(250000);
	}
	return status;
}

static void judge_end(const struct target *target, const struct call *at,
		      const struct supervision_end *end, bool killed)
{
	int status = WEXITSTATUS(end->status);
	char first[2];
	FILE *file;

	if (end->late)
		wrong(target, at, "it did not end within %d seconds", SECONDS);
	else if (!WIFEXITED(end->status) && !killed)
		wrong(target, at, "signal %d", WTERMSIG(end->status));
	if (!WIFEXITED(end->status) || end->late)
		return;
	test.failed += status != 0;
	/* 127: what loads the libraries could not, and says so. */
	if (status == 2 || status == 5 || (status > 5 && status != 127)) {
		wrong(target, at, "exit status %d", status);
		show();
	}
	file = fopen(OUT, "re");
	if (!file || (status != 0 && !fgets(first, sizeof(first), file)))
		wrong(target, at, "exit status %d, and not a word", status);
	if (file)
		fclose(file);
}

static void judge_state(const struct target *target, const struct call *at,
			const struct supervision_end *end)
{
	bool whole = is_whole(), recorded = has_record();
	struct state now;
	int status;

	read_state(&now);
	test.recorded += recorded;
	if (!whole && !recorded)
		wrong(target, at, "lost: driver %s, override %s, no record", now.driver,
		      now.override);
	if (!whole && WIFEXITED(end->status) &&
	    (WEXITSTATUS(end->status) == 0 || said("\"restored\":true"))) {
		wrong(target, at, "driver %s, override %s, and exit status %d", now.driver,
		      now.override, WEXITSTATUS(end->status));
		show();
	}
	status = restore_plainly();
	test.restored += !whole && is_whole();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !is_whole() || has_record()) {
		read_state(&now);
		wrong(target, at, "restore ended with %#x: driver %s, override %s%s",
		      (unsigned)status, now.driver, now.override,
		      has_record() ? ", and a record is left" : "");
		show();
		exit(1);
	}
}

/* A trial killed where its device is on vfio-pci. */
static void make_wreck(const struct target *target)
{
	static char *const arguments[] = {(char *)"iommu-diag", (char *)"check", (char *)"--trial",
					  NULL, NULL};
	char *own[COUNT(arguments)];
	const struct supervision what = {
		.body = execute, .data = own, .at = &test.wreck, .seconds = SECONDS};
	struct supervision_end end;

	memcpy(own, arguments, sizeof(own));
	own[3] = (char *)test.address;
	if (supervise(&what, &end) < 0 || !end.reached || is_whole() || !has_record())
		wrong(target, &test.wreck, "the trial was to be killed there and leave a wreck");
}

/* @err 0: killed there. */
static void fail_at(const struct target *target, const struct call *at, int err, bool on)
{
	const struct supervision what = {.body = execute,
					 .data = (void *)target->arguments,
					 .at = at,
					 .err = err,
					 .from_then_on = on,
					 .seconds = SECONDS};
	struct supervision_end end;

	if (target->needs_wreck)
		make_wreck(target);
	if (supervise(&what, &end) < 0) {
		wrong(target, at, "no filter could be set");
		exit(1);
	}
	test.runs++;
	test.reached += end.reached;
	judge_end(target, at, &end, err == 0);
	judge_state(target, at, &end);
}

static bool is_first_there(const struct call_log *log, size_t index)
{
	const struct call *call = &log->calls[index];

	for (size_t i = 0; i < index; i++)
		if (log->calls[i].number == call->number && log->calls[i].who == call->who &&
		    strcmp(log->calls[i].where, call->where) == 0)
			return false;
	return true;
}

/* The process that touches the device is the one whose losses count. */
static unsigned worker_of(const struct call_log *log)
{
	unsigned worker = 0;

	for (size_t i = 0; i < log->n_calls; i++)
		if (log->calls[i].number == SYS_flock)
			worker = log->calls[i].who;
	return worker;
}

static void sweep(const struct target *target, bool every)
{
	struct call_log log = {0};
	const struct supervision what = {.body = execute,
					 .data = (void *)target->arguments,
					 .seconds = SECONDS,
					 .log = &log};
	struct supervision_end end;
	unsigned worker;

	if (target->needs_wreck)
		make_wreck(target);
	if (supervise(&what, &end) < 0 || !WIFEXITED(end.status) || WEXITSTATUS(end.status) > 3) {
		printf("FAIL: %s: the healthy run ended with %#x\n", target->name,
		       (unsigned)end.status);
		exit(1);
	}
	worker = worker_of(&log);
	for (size_t i = 0; i < log.n_calls; i++) {
		const struct call *call = &log.calls[i];
		bool first = is_first_there(&log, i), own = call->who == worker;

		if (!own && (!first || (!every && call->nth > 1)))
			continue;
		if (!target->needs_wreck && own && call->number == SYS_ioctl)
			test.wreck = *call;
		for (size_t e = 0; every && e < COUNT(errnos); e++)
			fail_at(target, call, errnos[e], false);
		if (!every && first)
			fail_at(target, call, errnos[i % COUNT(errnos)], false);
		/* From here on, as under a filter that forbids it; and dead from here on. */
		if (own && (every || call->nth == 1))
			fail_at(target, call, errnos[(i + 1) % COUNT(errnos)], true);
		if (own && every)
			fail_at(target, call, 0, false);
	}
	printf("%s: %zu system calls, of the worker %u\n", target->name, log.n_calls, worker);
	call_log_release(&log);
}

int main(int argc, char **argv)
{
	bool every = argc == 3 && strcmp(argv[1], "--every") == 0;
	char *trial[] = {(char *)"iommu-diag", (char *)"check", (char *)"--trial",
			 (char *)"--json",     argv[argc - 1],	NULL};
	char *restore[] = {(char *)"iommu-diag", (char *)"restore", NULL};
	const struct target targets[] = {{"trial", trial, false}, {"restore", restore, true}};

	if (argc != 2 && !every) {
		fprintf(stderr, "Usage: failcall [--every] ADDRESS\n");
		return 2;
	}
	test.address = argv[argc - 1];
	read_state(&test.start);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < COUNT(targets); i++)
		sweep(&targets[i], every);
	printf("%lu runs, the call was met in %lu, %lu ended with an error, %lu left a record, "
	       "%lu were put back by a plain restore; %lu wrong\n",
	       test.runs, test.reached, test.failed, test.recorded, test.restored, test.wrong);
	return test.wrong != 0 || test.reached * 10 < test.runs * 9;
}
