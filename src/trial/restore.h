/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_RESTORE_H
#define TRIAL_RESTORE_H

#include "trial/undo.h"
#include "vfio/operations.h"

enum restore_result {
	RESTORE_DONE, /* driver and override are the recorded ones, read back; record removed */
	RESTORE_GONE, /* the device left the bus or the boot is another; record removed */
	RESTORE_CONTESTED, /* somebody else changed or opened it since: left alone, record kept */
	RESTORE_FAILED,	   /* the kernel refused a step; record kept */
	RESTORE_OWNED,	   /* its worker still runs; left alone, record kept */
	RESTORE_BLOCKED,   /* the kernel did not answer before the deadline; record kept */
};

/* The word for @result: "restored", "gone", "contested", ... Static. */
const char *restore_result_name(enum restore_result result);

/* Whether trying again later can change nothing by itself: not RESTORE_OWNED or RESTORE_BLOCKED. */
bool restore_result_is_final(enum restore_result result);

/* What the @detail of RESTORE_DONE says could not be given back; NULL: nothing. */
const char *restore_detail_lost(const char *detail);

/*
 * Brings @record's device back to the recorded driver and driver_override from wherever it is,
 * reads both back, compares, gives its network interfaces their names back and sets those up that
 * were (@detail says what they have lost), and removes the record from @folder. State-based: it may be
 * repeated, and started after any crash. @detail receives a new sentence that says what stands
 * now. Never fails by itself; the result says it all.
 */
enum restore_result restore_device(const struct vfio_operations *operations, void *kernel,
				   const char *folder, const struct undo_record *record,
				   char **detail);

#endif
