/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "trial_log.h"

static bool concerns(int device, size_t index)
{
	return device == TRIAL_GROUP || device == (int)index;
}

static void step_begins(void *data, int device, enum step step)
{
	struct trial_log *log = data;

	log->begun++;
	if (log->n_order < sizeof(log->order) / sizeof(log->order[0]))
		log->order[log->n_order++] = step;
	if (step == log->stop_at && step != STEP_NONE)
		log->is_stopped = true;
	if (step == STEP_SYSFS_RESTORE) {
		log->kernel->restoring = true;
		return;
	}
	/* A step of the group is taken for those that are left. */
	if (device != TRIAL_GROUP && log->devices[device].first_failed != STEP_NONE)
		log->devices[device].steps_after_failure++;
}

static void path_begins(void *data, int device, enum access_path path)
{
	struct trial_log *log = data;

	/* Each path tells its own first failure. */
	log->devices[device].first_failed = STEP_NONE;
	log->devices[device].err = 0;
	log->devices[device].completed = false;
	log->devices[device].path = path;
}

static void step_ends(void *data, int device, enum step step, int err, uint32_t usec, bool noted)
{
	struct trial_log *log = data;

	(void)usec;
	log->ended++;
	if (noted) {
		log->noted += err != 0;
		return;
	}
	for (size_t i = 0; err != 0 && i < log->n_devices; i++)
		if (concerns(device, i) && log->devices[i].first_failed == STEP_NONE) {
			log->devices[i].first_failed = step;
			log->devices[i].err = err;
		}
}

static void step_failed(void *data, int device, enum step step, int err)
{
	struct trial_log *log = data;

	(void)device;
	(void)step;
	(void)err;
	log->failed++;
}

static void observes(void *data, int device, enum evidence id, enum truth truth, const char *where,
		     const char *value)
{
	struct trial_log *log = data;

	(void)where;
	(void)value;
	for (size_t i = 0; i < log->n_devices; i++)
		if (concerns(device, i) && id != EVIDENCE_NONE)
			log->devices[i].evidence[id] = truth;
}

static void completes(void *data, int device)
{
	struct trial_log *log = data;

	log->devices[device].completed = true;
}

static void joins(void *data, int device, int domain)
{
	struct trial_log *log = data;

	log->devices[device].domains[log->devices[device].path] = domain;
}

static void restores(void *data, int device, enum restore_result result, const char *detail)
{
	struct trial_log *log = data;
	struct trial_log_device *noted = &log->devices[device];

	noted->restores++;
	noted->result = result;
	snprintf(noted->detail, sizeof(noted->detail), "%s", detail);
}

static bool stopped(void *data)
{
	const struct trial_log *log = data;

	return log->is_stopped;
}

static bool driver_of(void *data, const char *module, char *buffer, size_t size)
{
	const struct trial_log *log = data;

	(void)module;
	if (!log->driver)
		return false;
	snprintf(buffer, size, "%s", log->driver);
	return true;
}

static bool joined(void *data, struct traced_join *ret)
{
	struct trial_log *log = data;

	if (log->n_joins == 0)
		return false;
	*ret = *log->joins++;
	log->n_joins--;
	return true;
}

int trial_log_run(struct trial_log *log, struct fake_kernel *kernel, const struct trial_plan *plan)
{
	struct trial_listener listener = {
		.data = log,
		.path_begins = path_begins,
		.step_begins = step_begins,
		.step_ends = step_ends,
		.step_failed = step_failed,
		.observes = observes,
		.completes = completes,
		.joins = joins,
		.restores = restores,
		.stopped = stopped,
		.driver_of = driver_of,
		.joined = joined,
	};
	int result;

	*log = (struct trial_log){
		.kernel = kernel,
		.n_devices = plan->n_devices,
		.stop_at = log->stop_at,
		.driver = log->driver,
		.joins = log->joins,
		.n_joins = log->n_joins,
	};
	result = trial_run(plan, &fake_operations, kernel, kernel->undo_folder, &listener);
	kernel->restoring = false;
	return result;
}
