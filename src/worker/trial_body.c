/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/facts.h"
#include "host/group.h"
#include "host/holders.h"
#include "host/kernel_log.h"
#include "host/locked_memory.h"
#include "host/memory.h"
#include "host/modules.h"
#include "host/pci.h"
#include "trial/engine.h"
#include "trial/lock.h"
#include "vfio/linux.h"
#include "worker/event.h"
#include "worker/last_look.h"
#include "worker/process.h"
#include "worker/trace_session.h"
#include "worker/trial_body.h"

/* Below this, "cannot allocate" may well mean memory. */
#define MEMORY_LOW_BYTES (64ULL << 20)

struct worker_state {
	const struct worker_trial *trial;
	int events;
	struct kernel_log_window log;
	struct trace_session trace;
	bool log_closed; /* what comes later belongs to putting back */
	char *use;	 /* that the host has begun since it was asked; NULL: none */
	bool unheard;	 /* an event was lost */
};

/*
 * A story with a hole would be another story: after an event that was lost only what became of
 * the devices is told, and not the end. Putting back comes first all the same.
 */
static void tell(struct worker_state *state, const struct worker_event *event)
{
	if (state->unheard && event->type != WORKER_RESTORES)
		return;
	if (worker_event_send(state->events, event) < 0)
		state->unheard = true;
}

static void tell_evidence(struct worker_state *state, int device, enum evidence id,
			  enum truth truth, enum evidence_source source, const char *where,
			  const char *value)
{
	const struct worker_event event = {
		.type = WORKER_OBSERVES,
		.device = device,
		.evidence = id,
		.truth = truth,
		.source = source,
		.where = (char *)where,
		.value = (char *)value,
	};

	tell(state, &event);
}

static int tell_log_line(void *data, const char *line)
{
	const struct worker_event event = {
		.type = WORKER_LOG,
		.device = TRIAL_GROUP,
		.evidence = EVIDENCE_NONE,
		.where = (char *)line,
	};

	tell(data, &event);
	return 0;
}

static void read_log(struct worker_state *state)
{
	if (!state->log_closed)
		kernel_log_window_read(&state->log, tell_log_line, state);
}

static void close_log(struct worker_state *state)
{
	bool complete;

	if (state->log_closed)
		return;
	read_log(state);
	complete = kernel_log_window_is_complete(&state->log);
	tell_evidence(state, TRIAL_GROUP, EVIDENCE_LOG_COMPLETE,
		      complete ? TRUTH_YES : TRUTH_UNKNOWN, SOURCE_PROCFS, "/dev/kmsg",
		      complete ? "every line of the trial was read" : NULL);
	state->log_closed = true;
}

/* What the log says from here on belongs to the next path. */
static void on_path_begins(void *data, int device, enum access_path path)
{
	struct worker_state *state = data;
	const struct worker_event event = {
		.type = WORKER_PATH_BEGINS,
		.device = device,
		.evidence = EVIDENCE_NONE,
		.result = (int32_t)path,
	};

	read_log(state);
	tell(state, &event);
}

static void on_step_begins(void *data, int device, enum step step)
{
	struct worker_state *state = data;
	const struct worker_event event = {
		.type = WORKER_STEP_BEGINS,
		.device = device,
		.step = step,
		.evidence = EVIDENCE_NONE,
	};

	if (step == STEP_SYSFS_RESTORE)
		close_log(state);
	tell(state, &event);
	trace_session_begin(&state->trace, step);
}

static void on_step_ends(void *data, int device, enum step step, int err, uint32_t usec, bool noted)
{
	struct worker_state *state = data;
	const struct worker_event event = {
		.type = WORKER_STEP_ENDS,
		.device = device,
		.step = step,
		.err = err,
		.usec = usec,
		.evidence = EVIDENCE_NONE,
		.result = noted,
	};

	tell(state, &event);
	trace_session_end(&state->trace, device, step, err);
}

static void on_trace(void *data, int device, enum evidence id, enum truth truth, const char *where,
		     const char *value)
{
	tell_evidence(data, device, id, truth, SOURCE_TRACE, where, value);
}

static void observe_memory(struct worker_state *state, int device)
{
	char where[HOST_MEMORY_WHERE_SIZE], value[64];
	struct fact_number available = host_memory_available(state->trial->root, where);
	enum truth low = available.state == FACT_KNOWN
				 ? truth_of(available.number < MEMORY_LOW_BYTES)
				 : TRUTH_UNKNOWN;

	snprintf(value, sizeof(value), "%llu MiB", (unsigned long long)available.number >> 20);
	tell_evidence(state, device, EVIDENCE_MEMORY_LOW, low, SOURCE_PROCFS, where,
		      low == TRUTH_UNKNOWN ? NULL : value);
}

/* A trial maps one page. */
static void observe_locked_memory(struct worker_state *state, int device, enum step step)
{
	char value[LOCKED_MEMORY_VALUE_SIZE];
	enum truth low = host_locked_memory_is_low(
		state->trial->root, (size_t)sysconf(_SC_PAGESIZE), step == STEP_IOAS_MAP, value);

	tell_evidence(state, device, EVIDENCE_MEMLOCK_LOW, low, SOURCE_PROCFS,
		      "/proc/self/limits Max locked memory", *value ? value : NULL);
}

/* Who holds the node at @held, in words for the report. */
static void tell_holder(struct worker_state *state, int device, enum evidence id, enum truth held,
			const struct vfio_holder *holder, const char *where)
{
	char value[64];

	if (held == TRUTH_YES)
		snprintf(value, sizeof(value), "%s (pid %ld)", holder->command, (long)holder->pid);
	tell_evidence(state, device, id, held, SOURCE_PROCFS, where,
		      held == TRUTH_YES	 ? value
		      : held == TRUTH_NO ? "absent"
					 : NULL);
}

/* Whether anybody holds the own node of a member of the group. */
static enum truth find_cdev_holder(const struct worker_state *state, int number,
				   const struct vfio_holder_list *holders,
				   const struct vfio_holder **ret)
{
	enum truth held = TRUTH_NO;
	struct iommu_group group;

	if (host_group_read(state->trial->root, number, &group) < 0)
		return TRUTH_UNKNOWN;
	for (size_t i = 0; held != TRUTH_YES && i < group.n_members; i++) {
		struct pci_device member;
		enum truth this_one;

		if (host_pci_read_detail(state->trial->root, &group.members[i], &member) < 0)
			continue;
		this_one =
			member.vfio_dev.state == FACT_KNOWN
				? vfio_holder_list_find_device(holders, member.vfio_dev.text, ret)
				: TRUTH_NO;
		if (this_one != TRUTH_NO)
			held = this_one;
		pci_device_release(&member);
	}
	iommu_group_release(&group);
	return held;
}

/* The group that a step of @device, or of all, was about; -1: none, or several. */
static int group_of(const struct worker_state *state, int device)
{
	const struct trial_plan *plan = state->trial->plan;

	return device == TRIAL_GROUP ? plan->group : plan->devices[device].group;
}

static void observe_holders(struct worker_state *state, int device)
{
	const struct vfio_holder *by_group = NULL, *by_cdev = NULL;
	int number = group_of(state, device);
	struct vfio_holder_list holders;
	enum truth group, cdev, any;

	if (number < 0 || vfio_holders_read(state->trial->root, &holders) < 0)
		return;
	group = vfio_holder_list_find(&holders, number, NULL, &by_group);
	cdev = find_cdev_holder(state, number, &holders, &by_cdev);
	any = group == TRUTH_YES || cdev == TRUTH_YES		? TRUTH_YES
	      : group == TRUTH_UNKNOWN || cdev == TRUTH_UNKNOWN ? TRUTH_UNKNOWN
								: TRUTH_NO;
	tell_holder(state, device, EVIDENCE_VFIO_HOLDER, any, by_group ? by_group : by_cdev,
		    "/proc/PID/fd");
	tell_holder(state, device, EVIDENCE_GROUP_HELD, group, by_group,
		    "/proc/PID/fd: the group's node");
	tell_holder(state, device, EVIDENCE_CDEV_HELD, cdev, by_cdev,
		    "/proc/PID/fd: the devices' own nodes");
	vfio_holder_list_release(&holders);
}

static void observe_cdev(struct worker_state *state, int device)
{
	char address[PCI_ADDRESS_SIZE], where[96];
	struct pci_device found;

	if (device < 0 ||
	    host_pci_read_detail(state->trial->root, &state->trial->plan->devices[device].address,
				 &found) < 0)
		return;
	snprintf(where, sizeof(where), "/sys/bus/pci/devices/%s/vfio-dev/vfioX/dev",
		 pci_address_format(&found.address, address));
	tell_evidence(state, device, EVIDENCE_CDEV_PRESENT, found.vfio_cdev, SOURCE_SYSFS, where,
		      found.vfio_cdev == TRUTH_YES  ? "present"
		      : found.vfio_cdev == TRUTH_NO ? "absent"
						    : NULL);
	pci_device_release(&found);
}

static void observe_domain_ids(struct worker_state *state, int device)
{
	struct fact_number used, supported;
	char name[PCI_ADDRESS_SIZE], iommu[64], where[128], value[64];

	pci_address_format(&state->trial->plan->devices[device == TRIAL_GROUP ? 0 : device].address,
			   name);
	if (host_root_read_link_name(state->trial->root, iommu, sizeof(iommu),
				     "/sys/bus/pci/devices/%s/iommu", name) < 0)
		return;
	host_iommu_domain_counters(state->trial->root, iommu, &used, &supported);
	if (used.state != FACT_KNOWN || supported.state != FACT_KNOWN)
		return;
	snprintf(where, sizeof(where), "/sys/class/iommu/%s/intel-iommu/domains_used", iommu);
	snprintf(value, sizeof(value), "%llu of %llu", (unsigned long long)used.number,
		 (unsigned long long)supported.number);
	tell_evidence(state, device, EVIDENCE_DOMAIN_IDS_FULL,
		      host_iommu_domain_ids_full(state->trial->root, used.number, supported.number),
		      SOURCE_SYSFS, where, value);
}

/* An error of power management stays until the device is taken off: opening runs into it. */
static void observe_power(struct worker_state *state, int device)
{
	char address[PCI_ADDRESS_SIZE], where[96];
	struct pci_device found;

	if (device < 0 ||
	    host_pci_read_detail(state->trial->root, &state->trial->plan->devices[device].address,
				 &found) < 0)
		return;
	snprintf(where, sizeof(where), "/sys/bus/pci/devices/%s/power/runtime_status",
		 pci_address_format(&found.address, address));
	if (found.runtime_status.state == FACT_KNOWN)
		tell_evidence(state, device, EVIDENCE_POWER_ERROR,
			      truth_of(strcmp(found.runtime_status.text, "error") == 0),
			      SOURCE_SYSFS, where, found.runtime_status.text);
	pci_device_release(&found);
}

static void on_step_failed(void *data, int device, enum step step, int err)
{
	struct worker_state *state = data;

	read_log(state);
	if (err == ENOMEM || err == EIO || err == EINVAL || err == ENOSPC)
		observe_memory(state, device);
	if (err == ENOMEM && (step == STEP_CONTAINER_MAP_DMA || step == STEP_IOAS_MAP))
		observe_locked_memory(state, device, step);
	if (err == EBUSY || err == EPERM || step == STEP_CDEV_BIND_IOMMUFD)
		observe_holders(state, device);
	if (step == STEP_CDEV_OPEN)
		observe_cdev(state, device);
	if (step == STEP_GROUP_GET_DEVICE_FD || step == STEP_CDEV_BIND_IOMMUFD ||
	    step == STEP_DEVICE_GET_INFO)
		observe_power(state, device);
	if (err == ENOSPC || step == STEP_CONTAINER_SET_IOMMU)
		observe_domain_ids(state, device);
}

static void on_observes(void *data, int device, enum evidence id, enum truth truth,
			const char *where, const char *value)
{
	enum evidence_source source = id == EVIDENCE_BOUND_ELSEWHERE || id == EVIDENCE_GROUP_PRESENT
					      ? SOURCE_SYSFS
					      : SOURCE_IOCTL;

	tell_evidence(data, device, id, truth, source, where, value);
}

static void on_completes(void *data, int device)
{
	const struct worker_event event = {
		.type = WORKER_COMPLETES,
		.device = device,
		.evidence = EVIDENCE_NONE,
	};

	tell(data, &event);
}

static void on_joins(void *data, int device, int domain)
{
	const struct worker_event event = {
		.type = WORKER_JOINS,
		.device = device,
		.evidence = EVIDENCE_NONE,
		.result = domain,
	};

	tell(data, &event);
}

static void on_restores(void *data, int device, enum restore_result result, const char *detail)
{
	const struct worker_event event = {
		.type = WORKER_RESTORES,
		.device = device,
		.evidence = EVIDENCE_NONE,
		.result = (int32_t)result,
		.value = (char *)detail,
	};

	tell(data, &event);
}

static bool on_stopped(void *data)
{
	const struct worker_state *state = data;

	return state->unheard || worker_is_stopped();
}

static bool on_may_claim(void *data, int number)
{
	const struct worker_state *state = data;
	struct iommu_group group;
	bool may;

	if (host_group_read(state->trial->root, number, &group) < 0)
		return false;
	may = group.n_members + group.n_other_members <= 1 ||
	      iommu_group_has_direct_region(&group) == TRUTH_NO;
	iommu_group_release(&group);
	return may;
}

static bool on_joined(void *data, struct traced_join *ret)
{
	const struct worker_state *state = data;

	if (!state->trace.joined)
		return false;
	ret->shares = state->trace.join.shares;
	ret->refused = state->trace.join.refused;
	return true;
}

static bool on_may_move(void *data, int device)
{
	struct worker_state *state = data;

	return !last_look_finds_use(state->trial, (size_t)device, &state->use);
}

static bool on_driver_of(void *data, const char *module, char *buffer, size_t size)
{
	const struct worker_state *state = data;
	AUTO_FREE char *driver = NULL;

	if (host_module_registered_driver(state->trial->root, module, &driver) < 0 || !driver)
		return false;
	return snprintf(buffer, size, "%s", driver) < (int)size;
}

static int refuse(const struct worker_state *state, const char *why)
{
	const struct worker_event event = {
		.type = WORKER_REFUSES,
		.device = TRIAL_GROUP,
		.evidence = EVIDENCE_NONE,
		.result = state->use != NULL,
		.value = (char *)why,
	};

	return worker_event_send(state->events, &event);
}

/* Why trial_run() has not begun. */
static int refuse_for(const struct worker_state *state, int error)
{
	char why[256];

	if (error == -ESTALE)
		return refuse(state, "somebody has bound the device to another driver, or written "
				     "its driver_override, since it was looked at");
	if (error == -ECANCELED)
		snprintf(why, sizeof(why), "the host has begun to use the device: %s",
			 state->use ? state->use : "how could not be measured");
	else
		snprintf(why, sizeof(why), "no undo record could be written in %s: %s",
			 state->trial->undo_folder, strerror(-error));
	return refuse(state, why);
}

/* A record from a trial that was cut short: that comes first, and is not ours to undo. */
static bool is_recovering(const struct worker_trial *trial)
{
	struct undo_record_list list;
	bool found = false;

	if (undo_record_list_read(trial->undo_folder, &list) < 0)
		return true;
	for (size_t d = 0; d < trial->plan->n_devices; d++)
		if (undo_record_list_find(&list, &trial->plan->devices[d].address))
			found = true;
	undo_record_list_release(&list);
	return found;
}

static int walk(struct worker_state *state)
{
	const struct worker_trial *trial = state->trial;
	const struct trial_listener listener = {
		.data = state,
		.path_begins = on_path_begins,
		.step_begins = on_step_begins,
		.step_ends = on_step_ends,
		.step_failed = on_step_failed,
		.observes = on_observes,
		.completes = on_completes,
		.joins = on_joins,
		.restores = on_restores,
		.stopped = on_stopped,
		.may_claim = on_may_claim,
		.joined = on_joined,
		.may_move = on_may_move,
		.driver_of = on_driver_of,
	};
	const struct worker_event done = {.type = WORKER_DONE, .evidence = EVIDENCE_NONE};
	struct vfio_linux kernel = {0};
	int result;

	state->trace = (struct trace_session){
		.undo_folder = trial->undo_folder,
		.data = state,
		.observe = on_trace,
		.wanted = trial->trace,
	};
	kernel_log_window_open(&state->log);
	result = trial_run(trial->plan, worker_operations, worker_kernel ? worker_kernel : &kernel,
			   trial->undo_folder, &listener);
	close_log(state);
	kernel_log_window_close(&state->log);
	trace_session_close(&state->trace);
	if (result < 0) {
		result = refuse_for(state, result);
		free(state->use);
		return result;
	}
	tell(state, &done);
	return 0;
}

static int run_locked(struct worker_state *state, struct trial_lock *locks)
{
	size_t n_locks;
	char why[160];
	int result =
		trial_locks_take(state->trial->undo_folder, state->trial->plan, locks, &n_locks);

	if (result == -EBUSY)
		return refuse(state, "another trial or restore of this group is running");
	if (result < 0) {
		snprintf(why, sizeof(why), "no lock could be taken in %s: %s",
			 state->trial->undo_folder, strerror(-result));
		return refuse(state, why);
	}
	if (is_recovering(state->trial))
		result = refuse(state, "an interrupted trial has left an undo record; put the "
				       "device back first: iommu-diag restore");
	else
		result = walk(state);
	trial_locks_release(locks, n_locks);
	return result;
}

int worker_trial_body(void *data, int events)
{
	struct worker_trial trial = *(const struct worker_trial *)data;
	struct worker_state state = {.trial = &trial, .events = events, .log = {.fd = -1}};
	struct trial_lock *locks = calloc(trial.plan->n_devices, sizeof(*locks));
	struct host_root root;
	int result = locks ? host_root_open(NULL, &root) : -ENOMEM;

	/* A root of our own: what the caller's stands for was closed with all its descriptors. */
	if (result == 0) {
		trial.root = &root;
		result = run_locked(&state, locks);
		host_root_close(&root);
	}
	free(locks);
	return result;
}
