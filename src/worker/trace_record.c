/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

bool trace_record_owner_is_alive(const struct trace_record *record)
{
	const struct undo_record owner = {
		.worker_pid = record->worker_pid,
		.worker_start = record->worker_start,
	};

	return undo_record_owner_is_alive(&owner);
}

int trace_record_list_read(const char *folder, struct trace_record_list *ret)
{
	AUTO_CLOSEDIR DIR *stream = NULL;
	const struct dirent *entry;
	int above = undo_folder_open(folder, false);

	*ret = (struct trace_record_list){0};
	if (above < 0)
		return above == -ENOENT ? 0 : above;
	stream = fdopendir(above);
	if (!stream) {
		close(above);
		return -ENOMEM;
	}
	while ((entry = readdir(stream))) {
		struct trace_record record, *grown;

		if (!trace_names_parse(entry->d_name, &record.worker_pid, &record.worker_start))
			continue;
		trace_names_make(record.worker_pid, record.worker_start, &record.names);
		grown = reallocarray(ret->records, ret->n_records + 1, sizeof(*grown));
		if (!grown) {
			trace_record_list_release(ret);
			return -ENOMEM;
		}
		ret->records = grown;
		grown[ret->n_records++] = record;
	}
	return 0;
}

void trace_record_list_release(struct trace_record_list *list)
{
	free(list->records);
	*list = (struct trace_record_list){0};
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
	struct trace_record_list list;
	int result = trace_record_list_read(folder, &list);

	for (size_t i = 0; result == 0 && i < list.n_records; i++) {
		const struct trace_names *names = &list.records[i].names;

		if (trace_record_owner_is_alive(&list.records[i]))
			continue;
		if (trace_remove(names) == 0 && trace_record_remove(folder, names) == 0)
			result = report(events, RESTORE_DONE);
		else
			result = report(events, RESTORE_FAILED);
	}
	trace_record_list_release(&list);
	return result;
}

/* A folder without a record that was left behind needs no process. */
static bool any_left(const char *folder)
{
	struct trace_record_list list;
	bool left = false;

	if (trace_record_list_read(folder, &list) < 0)
		return false;
	for (size_t i = 0; i < list.n_records && !left; i++)
		left = !trace_record_owner_is_alive(&list.records[i]);
	trace_record_list_release(&list);
	return left;
}

int trace_recovery_run(const char *folder, unsigned timeout, struct trace_recovery *ret)
{
	long deadline = worker_milliseconds() + (long)timeout * 1000;
	struct worker_process worker;
	int result;

	*ret = (struct trace_recovery){0};
	if (!any_left(folder))
		return 0;
	if (access(folder, W_OK) < 0)
		return -EACCES;
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
