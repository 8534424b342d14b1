/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_ENGINE_H
#define TRIAL_ENGINE_H

#include "model/evidence.h"
#include "model/step.h"
#include "trial/plan.h"
#include "trial/restore.h"
#include "vfio/operations.h"

/* A step that the whole group takes, not one device of it. */
#define TRIAL_GROUP (-1)

/* How type1 has put a group into a container that has domains already. */
struct traced_join {
	bool shares;	  /* it is in one of them, not in a domain of its own */
	unsigned refused; /* of them that refused it, the newest first */
};

/*
 * Who listens to a trial. @device is an index into the plan's devices or TRIAL_GROUP. Every
 * call but `stopped`, `driver_of` and `may_claim` may be NULL.
 */
struct trial_listener {
	void *data;
	void (*step_begins)(void *data, int device, enum step step);
	/* What moves the devices belongs to the first path; called for each device of a path. */
	void (*path_begins)(void *data, int device, enum access_path path);
	/* @noted: an errno is evidence here, the walk goes on. */
	void (*step_ends)(void *data, int device, enum step step, int err, uint32_t usec,
			  bool noted);
	/* Right after a step failed, while the evidence is fresh. */
	void (*step_failed)(void *data, int device, enum step step, int err);
	void (*observes)(void *data, int device, enum evidence id, enum truth truth,
			 const char *where, const char *value);
	/* Every planned step was taken for @device. */
	void (*completes)(void *data, int device);
	/* In a joint trial: @device is in the domain numbered @domain, from 1. */
	void (*joins)(void *data, int device, int domain);
	/* What became of a device that was moved. */
	void (*restores)(void *data, int device, enum restore_result result, const char *detail);
	/* Whether the trial shall stop; what was written is put back all the same. */
	bool (*stopped)(void *data);
	/*
	 * Whether @group, which appeared only when the device was bound, may be claimed: asked
	 * where a claim that fails halfway would not be rolled back.
	 */
	bool (*may_claim)(void *data, int group);
	/* What a trace of the last step tells; false without one. NULL: nobody traces. */
	bool (*joined)(void *data, struct traced_join *ret);
	/*
	 * Whether the device may still be taken from the host: asked last of all, because modules
	 * take their time to load. NULL: it may.
	 */
	bool (*may_move)(void *data, int device);
	/* The driver that the loaded @module registers, into @buffer; false where it is unknown. */
	bool (*driver_of)(void *data, const char *module, char *buffer, size_t size);
};

/*
 * Walks the paths of @plan: module.load, driver_override, unbind and bind once; then for each path
 * attach, open, map one page, close; and puts every moved device back. A joint plan moves the
 * devices of all its groups and puts them into as few domains as the kernel lets them share, which
 * is what a virtual machine monitor does. An undo record stands in
 * @undo_folder before the first write that outlives us. Only the first failing step of a device
 * on a path means something; nothing is tried after it for that device on that path, but putting
 * back always is.
 *
 * Returns 0, or a negative errno where the trial could not start; then no device was touched:
 * -ESTALE where one is not as planned any more, -ECANCELED where may_move() said no, -EEXIST where
 * an older record stands, else why no record could be written.
 */
int trial_run(const struct trial_plan *plan, const struct vfio_operations *operations, void *kernel,
	      const char *undo_folder, const struct trial_listener *listener);

#endif
