/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "trace/recorder.h"
#include "trial/folder.h"
#include "trial/restore.h"
#include "trial/undo.h"
#include "worker/event.h"
#include "worker/process.h"
#include "worker/trace_record.h"

int trace_record_write(const char *folder, const struct trace_names *names)
{
	AUTO_CLOSE int above = undo_folder_open(folder, true);
	AUTO_CLOSE int fd = -1;
	char text[3 * TRACE_NAME_SIZE];

	if (above < 0)
		return above;
	fd = openat(above, names->record, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "probes %s\ninstance %s\n", names->group, names->instance);
	if (fd_write_all(fd, text, strlen(text)) < 0 || fsync(fd) < 0 || fsync(above) < 0)
		return -EIO;
	return 0;
}

int trace_record_remove(const char *folder, const struct trace_names *names)
{
	AUTO_CLOSE int above = undo_folder_open(folder, false);

	if (above < 0)
		return above == -ENOENT ? 0 : above;
	return unlinkat(above, names->record, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* The names of a worker that no longer runs, where @file is the record of one. */
static bool is_left_behind(const char *file, struct trace_names *ret)
{
	struct undo_record owner = {0};

	if (!trace_names_parse(file, &owner.worker_pid, &owner.worker_start) ||
	    undo_record_owner_is_alive(&owner))
		return false;
	trace_names_make(owner.worker_pid, owner.worker_start, ret);
	return true;
}

static int report(int events, enum restore_result result)
{
	const struct worker_event event = {
		.type = WORKER_RESTORES,
		.evidence = EVIDENCE_NONE,
		.result = (int32_t)result,
	};

	return worker_event_send(events, &event);
}

static int remove_all(void *data, int events)
{
	const char *folder = data;
	int above = undo_folder_open(folder, false);
	AUTO_CLOSEDIR DIR *stream = above >= 0 ? fdopendir(above) : NULL;
	const struct dirent *entry;
	int result = 0;

	while (stream && result == 0 && (entry = readdir(stream))) {
		struct trace_names names;

		if (!is_left_behind(entry->d_name, &names))
			continue;
		if (trace_remove(&names) == 0 && trace_record_remove(folder, &names) == 0)
			result = report(events, RESTORE_DONE);
		else
			result = report(events, RESTORE_FAILED);
	}
	return result;
}

/* A folder without such a record needs no process. */
static bool any_left(const char *folder)
{
	int above = undo_folder_open(folder, false);
	AUTO_CLOSEDIR DIR *stream = above >= 0 ? fdopendir(above) : NULL;
	const struct dirent *entry;
	struct trace_names names;

	while (stream && (entry = readdir(stream)))
		if (is_left_behind(entry->d_name, &names))
			return true;
	return false;
}

int trace_recovery_run(const char *folder, unsigned timeout, struct trace_recovery *ret)
{
	long deadline = worker_milliseconds() + (long)timeout * 1000;
	struct worker_process worker;
	int result;

	*ret = (struct trace_recovery){0};
	if (!any_left(folder))
		return 0;
	result = worker_process_start(remove_all, (void *)folder, &worker);
	if (result < 0)
		return result;
	for (;;) {
		long left = deadline - worker_milliseconds();
		int ready = worker_process_wait(&worker, left > 0 ? (int)left : 0);
		struct worker_event event;

		if (ready == -EINTR)
			continue;
		if (ready <= 0 || worker_event_receive(worker.events, &event) <= 0)
			break;
		if (event.result == RESTORE_DONE)
			ret->removed++;
		else
			ret->failed++;
		worker_event_release(&event);
	}
	/* Also where it hangs, or was killed: what is still recorded is still there. */
	if (ret->failed == 0 && any_left(folder))
		ret->failed++;
	worker_process_release(&worker);
	return 0;
}
