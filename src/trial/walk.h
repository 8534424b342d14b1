/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_WALK_H
#define TRIAL_WALK_H

/* The state of one trial, shared by the engine and the access paths; private to trial/. */

#include <time.h>

#include "trial/engine.h"

struct walk_device {
	char driver[KNOB_STATE_SIZE]; /* what it is bound to for the trial */
	bool recorded;		      /* its undo record is on disk */
	struct network_links links;   /* before it moved */
	bool failed;		      /* a step failed: nothing more is tried on this path */
	bool not_moved;		      /* no path can be walked with it */
};

struct trial_walk {
	const struct trial_plan *plan;
	const struct vfio_operations *operations;
	void *kernel;
	const char *undo_folder;
	const struct trial_listener *listener;
	int group;    /* -1 until the device has one */
	bool noiommu; /* the group is VFIO's own, with nothing behind it */
	struct walk_device *devices;
	struct timespec began;
};

/* Announces that @device (or TRIAL_GROUP) takes @step, and starts the clock. */
void walk_begin(struct trial_walk *walk, int device, enum step step);

/* Announces that @path is walked from now on, by every device that was moved. */
void walk_path_begins(struct trial_walk *walk, enum access_path path);

/* Announces the kernel's answer to a step whose refusal is evidence and ends nothing. */
void walk_note(struct trial_walk *walk, int device, enum step step, int err);

/* Announces the kernel's answer; a failure ends the walk of the device, or of all of them. */
void walk_end(struct trial_walk *walk, int device, enum step step, int err);

/* Hands an observation on. */
void walk_observe(struct trial_walk *walk, int device, enum evidence id, enum truth truth,
		  const char *where, const char *value);

/* Whether the listener wants the trial to stop. */
bool walk_stopped(const struct trial_walk *walk);

/*
 * Announces that @device, the first one of its group, was put into the domain numbered @domain,
 * from 1, of those that a joint walk has made so far.
 */
void walk_joins(struct trial_walk *walk, int device, int domain);

/* Announces that every planned step was taken for @device, unless the trial is being stopped. */
void walk_completes(struct trial_walk *walk, int device);

/* Whether every device has failed: no later step can tell anything. */
bool walk_is_over(const struct trial_walk *walk);

#endif
