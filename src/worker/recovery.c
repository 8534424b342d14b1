/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "trial/lock.h"
#include "vfio/linux.h"
#include "worker/event.h"
#include "worker/hang.h"
#include "worker/process.h"
#include "worker/recovery.h"

struct recovery_job {
	const char *folder;
	const struct undo_record *record;
	unsigned timeout;
};

static int report(int events, enum restore_result result, const char *detail)
{
	const struct worker_event event = {
		.type = WORKER_RESTORES,
		.evidence = EVIDENCE_NONE,
		.result = (int32_t)result,
		.value = (char *)detail,
	};

	return worker_event_send(events, &event);
}

/* The record as it is once the lock is ours: the trial may have put the device back meanwhile. */
static int read_again(const struct recovery_job *job, struct undo_record_list *list,
		      const struct undo_record **ret)
{
	int result = undo_record_list_read(job->folder, list);

	*ret = result == 0 ? undo_record_list_find(list, &job->record->address) : NULL;
	if (result == 0 && undo_record_list_is_unreadable(list, &job->record->address)) {
		undo_record_list_release(list);
		result = -EIO;
	}
	return result;
}

static int recover_locked(const struct recovery_job *job, int events)
{
	struct vfio_linux kernel = {0};
	struct undo_record_list list;
	const struct undo_record *record;
	enum restore_result result;
	char *detail = NULL;
	int sent;

	if (read_again(job, &list, &record) < 0)
		return report(events, RESTORE_FAILED, "the undo records could not be read");
	if (!record) {
		sent = report(events, RESTORE_DONE, "its trial has put it back itself");
	} else if (undo_record_owner_is_alive(record)) {
		sent = report(events, RESTORE_OWNED, "its trial is still running");
	} else {
		result = restore_device(worker_operations, worker_kernel ? worker_kernel : &kernel,
					job->folder, record, &detail);
		sent = report(events, result, detail ? detail : restore_result_name(result));
		free(detail);
	}
	undo_record_list_release(&list);
	return sent;
}

/* Its worker may be at work, or hang: where it is says which. */
static int report_owned(const struct recovery_job *job, int events)
{
	AUTO_FREE char *where = worker_hang_explain(job->record->worker_pid, job->record->group);
	AUTO_FREE char *text = NULL;

	if (!where || asprintf(&text, "its trial is still running: %s", where) < 0)
		text = NULL;
	return report(events, RESTORE_OWNED, text ? text : "its trial is still running");
}

static int recover(void *data, int events)
{
	const struct recovery_job *job = data;
	struct trial_lock lock;
	int result = trial_lock_take(job->folder, job->record->group, &job->record->address,
				     job->timeout, &lock);

	if (result == -EBUSY)
		return report_owned(job, events);
	if (result < 0)
		return report(events, RESTORE_FAILED, strerror(-result));
	result = recover_locked(job, events);
	trial_lock_release(&lock);
	return result;
}

/* The kernel keeps the process that restores; it goes on once it is let go. */
static void note_blocked(pid_t pid, int group, struct recovery *recovery)
{
	AUTO_FREE char *where = worker_hang_explain(pid, group);

	recovery->result = RESTORE_BLOCKED;
	if (asprintf(&recovery->detail, "%s, and puts the device back when it is let go",
		     where ? where : "a process waits in the kernel") < 0)
		recovery->detail = NULL;
}

/* Waits for the worker's one event; a worker that died has left the record where it was. */
static void await(struct worker_process *worker, unsigned timeout, int group,
		  struct recovery *recovery)
{
	long deadline = worker_milliseconds() + (long)timeout * 2000;

	for (;;) {
		long left = deadline - worker_milliseconds();
		int ready = worker_process_wait(worker, left > 0 ? (int)left : 0);
		struct worker_event event;

		if (ready == -EINTR)
			continue;
		if (ready <= 0) {
			note_blocked(worker->pid, group, recovery);
			return;
		}
		if (worker_event_receive(worker->events, &event) <= 0) {
			recovery->result = RESTORE_FAILED;
			recovery->detail = strdup("the process that restores ended without a word");
			return;
		}
		if (event.type == WORKER_RESTORES) {
			recovery->result = (enum restore_result)event.result;
			recovery->detail = event.value;
			event.value = NULL;
			worker_event_release(&event);
			return;
		}
		worker_event_release(&event);
	}
}

static bool is_wanted(const struct undo_record *record, const struct pci_address *addresses,
		      size_t n_addresses)
{
	for (size_t i = 0; i < n_addresses; i++)
		if (pci_address_equal(&record->address, &addresses[i]))
			return true;
	return n_addresses == 0;
}

static int recover_one(const char *folder, const struct undo_record *record, unsigned timeout,
		       struct recovery_list *list)
{
	struct recovery_job job = {folder, record, timeout};
	struct recovery *grown =
		reallocarray(list->recoveries, list->n_recoveries + 1, sizeof(*grown));
	struct worker_process worker;
	struct recovery *recovery;
	int result;

	if (!grown)
		return -ENOMEM;
	list->recoveries = grown;
	recovery = &grown[list->n_recoveries];
	*recovery = (struct recovery){.address = record->address};
	result = worker_process_start(recover, &job, &worker);
	if (result < 0)
		return result;
	await(&worker, timeout, record->group, recovery);
	worker_process_release(&worker);
	if (!recovery->detail)
		return -ENOMEM;
	list->n_recoveries++;
	return 0;
}

/* A record that cannot be read says whose it is by its name. */
static int add_unreadable(const char *text, const struct pci_address *addresses, size_t n_addresses,
			  struct recovery_list *list)
{
	const char *why = strstr(text, ": ");
	struct undo_record record = {0};
	char name[PCI_ADDRESS_SIZE];
	struct recovery *grown;

	if (!why ||
	    snprintf(name, sizeof(name), "%.*s", (int)(why - text), text) >= (int)sizeof(name) ||
	    pci_address_parse_exact(name, &record.address) < 0 ||
	    !is_wanted(&record, addresses, n_addresses))
		return 0;
	grown = reallocarray(list->recoveries, list->n_recoveries + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->recoveries = grown;
	grown[list->n_recoveries] =
		(struct recovery){.address = record.address, .result = RESTORE_FAILED};
	if (asprintf(&grown[list->n_recoveries].detail, "its undo record cannot be used: %s",
		     why + 2) < 0)
		return -ENOMEM;
	list->n_recoveries++;
	return 0;
}

int recovery_run(const char *folder, const struct pci_address *addresses, size_t n_addresses,
		 unsigned timeout, struct recovery_list *ret)
{
	struct recovery_list list = {0};
	struct undo_record_list records;
	int result = undo_record_list_read(folder, &records);

	*ret = list;
	if (result < 0)
		return result;
	for (size_t i = 0; result == 0 && i < records.n_records; i++) {
		if (!is_wanted(&records.records[i], addresses, n_addresses))
			continue;
		if (access(folder, W_OK) < 0)
			result = -EACCES;
		else
			result = recover_one(folder, &records.records[i], timeout, &list);
	}
	for (size_t i = 0; result == 0 && i < records.n_unreadable; i++)
		result = add_unreadable(records.unreadable[i], addresses, n_addresses, &list);
	undo_record_list_release(&records);
	if (result < 0)
		recovery_list_release(&list);
	else
		*ret = list;
	return result;
}

void recovery_list_release(struct recovery_list *list)
{
	for (size_t i = 0; i < list->n_recoveries; i++)
		free(list->recoveries[i].detail);
	free(list->recoveries);
	*list = (struct recovery_list){0};
}
