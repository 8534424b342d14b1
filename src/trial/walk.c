/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial/walk.h"

void walk_begin(struct trial_walk *walk, int device, enum step step)
{
	if (walk->listener->step_begins)
		walk->listener->step_begins(walk->listener->data, device, step);
	clock_gettime(CLOCK_MONOTONIC, &walk->began);
}

static uint32_t microseconds_since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)((now.tv_sec - began->tv_sec) * 1000000 +
			  (now.tv_nsec - began->tv_nsec) / 1000);
}

void walk_path_begins(struct trial_walk *walk, enum access_path path)
{
	for (size_t i = 0; i < walk->plan->n_devices; i++) {
		walk->devices[i].failed = walk->devices[i].not_moved;
		if (!walk->devices[i].failed && walk->listener->path_begins)
			walk->listener->path_begins(walk->listener->data, (int)i, path);
	}
}

void walk_note(struct trial_walk *walk, int device, enum step step, int err)
{
	const struct trial_listener *listener = walk->listener;

	if (listener->step_ends)
		listener->step_ends(listener->data, device, step, err,
				    microseconds_since(&walk->began), true);
}

void walk_end(struct trial_walk *walk, int device, enum step step, int err)
{
	const struct trial_listener *listener = walk->listener;
	uint32_t usec = microseconds_since(&walk->began);

	if (listener->step_ends)
		listener->step_ends(listener->data, device, step, err, usec, false);
	if (err == 0)
		return;
	if (listener->step_failed)
		listener->step_failed(listener->data, device, step, err);
	for (size_t i = 0; i < walk->plan->n_devices; i++)
		if (device == TRIAL_GROUP || device == (int)i)
			walk->devices[i].failed = true;
}

void walk_observe(struct trial_walk *walk, int device, enum evidence id, enum truth truth,
		  const char *where, const char *value)
{
	if (walk->listener->observes)
		walk->listener->observes(walk->listener->data, device, id, truth, where, value);
}

bool walk_stopped(const struct trial_walk *walk)
{
	return walk->listener->stopped(walk->listener->data);
}

void walk_joins(struct trial_walk *walk, int device, int domain)
{
	if (walk->listener->joins)
		walk->listener->joins(walk->listener->data, device, domain);
}

void walk_completes(struct trial_walk *walk, int device)
{
	if (!walk->devices[device].failed && !walk_stopped(walk) && walk->listener->completes)
		walk->listener->completes(walk->listener->data, device);
}

bool walk_is_over(const struct trial_walk *walk)
{
	for (size_t i = 0; i < walk->plan->n_devices; i++)
		if (!walk->devices[i].failed)
			return false;
	return true;
}
