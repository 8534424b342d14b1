/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "model/pci_device.h"
#include "trial/links.h"
#include "trial/restore.h"

/* A probe or removal next door holds locks for a moment only. */
#define BIND_TRIES 5
#define BIND_PAUSE_NANOSECONDS 200000000L

/* A process that dies lets go of the group after its last reset; whoever stays longer uses it. */
#define HOLD_TRIES 15
#define HOLD_PAUSE_NANOSECONDS 200000000L

/* One restore in progress. */
struct restoration {
	const struct vfio_operations *operations;
	void *kernel;
	const struct undo_record *record;
	char driver[KNOB_STATE_SIZE];
	char override[KNOB_STATE_SIZE];
	char **detail;
};

const char *restore_result_name(enum restore_result result)
{
	switch (result) {
	case RESTORE_DONE:
		return "restored";
	case RESTORE_GONE:
		return "gone";
	case RESTORE_CONTESTED:
		return "contested";
	case RESTORE_FAILED:
		return "failed";
	case RESTORE_OWNED:
		return "owned";
	case RESTORE_BLOCKED:
		return "blocked";
	}
	return NULL;
}

/* What stands in a detail before that which cannot be given back. */
#define LOST_FOLLOWS ", but "

const char *restore_detail_lost(const char *detail)
{
	const char *lost = detail ? strstr(detail, LOST_FOLLOWS) : NULL;

	return lost ? lost + strlen(LOST_FOLLOWS) : NULL;
}

bool restore_result_is_final(enum restore_result result)
{
	return result != RESTORE_OWNED && result != RESTORE_BLOCKED;
}

static enum restore_result finish(const struct restoration *work, enum restore_result result,
				  const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum restore_result finish(const struct restoration *work, enum restore_result result,
				  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(work->detail, format, arguments) < 0)
		*work->detail = NULL;
	va_end(arguments);
	return result;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static const char *or_none(const char *text)
{
	return text && *text ? text : "none";
}

static int read_state(const struct restoration *work, enum knob_state state, char *buffer)
{
	return work->operations->knob_read(work->kernel, &work->record->address, state, buffer).err;
}

static int write_knob(const struct restoration *work, enum knob knob, const char *value)
{
	return work->operations->knob_write(work->kernel, &work->record->address, knob, value).err;
}

static int read_both(struct restoration *work)
{
	int err = read_state(work, KNOB_STATE_DRIVER, work->driver);

	return err ? err : read_state(work, KNOB_STATE_DRIVER_OVERRIDE, work->override);
}

/* What the device, the trial and an earlier restore leave behind, and nobody else. */
static bool driver_is_ours(const struct restoration *work)
{
	return !*work->driver || strcmp(work->driver, or_empty(work->record->driver)) == 0 ||
	       strcmp(work->driver, or_empty(work->record->trial_driver)) == 0;
}

static bool override_is_ours(const struct restoration *work)
{
	const struct undo_record *record = work->record;

	return strcmp(work->override, or_empty(record->driver_override)) == 0 ||
	       strcmp(work->override, or_empty(record->trial_driver)) == 0 ||
	       (record->driver && strcmp(work->override, record->driver) == 0);
}

static bool is_back(const struct restoration *work)
{
	return strcmp(work->driver, or_empty(work->record->driver)) == 0 &&
	       strcmp(work->override, or_empty(work->record->driver_override)) == 0;
}

/* Whether this is the device, and the boot, that the record speaks of. */
static bool same_device(const struct restoration *work, enum restore_result *ret)
{
	struct undo_record now = {0};
	char ids[KNOB_STATE_SIZE], recorded[10];
	int err;

	/* Without an answer it is the same boot: this folder does not outlive one. */
	if (undo_record_claim(&now) == 0 && *work->record->boot_id &&
	    strcmp(now.boot_id, work->record->boot_id) != 0) {
		*ret = finish(work, RESTORE_GONE, "the record is of another boot");
		return false;
	}
	err = read_state(work, KNOB_STATE_IDS, ids);
	if (err == ENOENT) {
		*ret = finish(work, RESTORE_GONE, "the device is no longer on the bus");
		return false;
	}
	if (err) {
		*ret = finish(work, RESTORE_FAILED, "the device's ids could not be read: %s",
			      strerror(err));
		return false;
	}
	snprintf(recorded, sizeof(recorded), "%04x:%04x", work->record->vendor,
		 work->record->device);
	if (strcmp(ids, recorded) != 0) {
		*ret = finish(work, RESTORE_CONTESTED,
			      "another device (%s) is at this address; the record is of %s", ids,
			      recorded);
		return false;
	}
	return true;
}

/*
 * bind answers EAGAIN while a supplier is not ready and EBUSY while a stranger's probe has the
 * device; both pass. The link, not the answer, says where the device is.
 */
static int bind_recorded(struct restoration *work)
{
	const struct timespec pause = {.tv_nsec = BIND_PAUSE_NANOSECONDS};
	int err = 0;

	for (int tries = 0; tries < BIND_TRIES; tries++) {
		if (tries > 0)
			nanosleep(&pause, NULL);
		err = write_knob(work, KNOB_BIND, work->record->driver);
		if (err == 0 || (err != EAGAIN && err != EBUSY && err != EINTR))
			break;
	}
	if (err != 0) {
		/* The kernel's own matching is the second way to the same driver. */
		write_knob(work, KNOB_PROBE, NULL);
	}
	return err;
}

static int set_override(struct restoration *work, const char *value)
{
	int err;

	if (strcmp(work->override, or_empty(value)) == 0)
		return 0;
	err = write_knob(work, KNOB_DRIVER_OVERRIDE, value);
	if (err == 0)
		snprintf(work->override, sizeof(work->override), "%s", or_empty(value));
	return err;
}

/*
 * Takes the group for as long as the device leaves its VFIO driver. An unbind asks whoever has
 * opened the device to let go of it, and a virtual machine does; none that has come since is
 * asked, and none comes meanwhile: one process only can have the group open, and nobody the own
 * node of a member then (drivers/vfio/group.c, vfio_group_fops_open(), vfio_device_block_group()).
 * Returns a descriptor, -EBUSY where somebody has it, or -ENOENT where there is nothing to take.
 */
static int hold_group(const struct restoration *work)
{
	const struct timespec pause = {.tv_nsec = HOLD_PAUSE_NANOSECONDS};
	char group[KNOB_STATE_SIZE], name[KNOB_STATE_SIZE];
	struct kernel_answer answer = {.err = EBUSY};
	int number;

	if (!driver_is_vfio(work->driver) || read_state(work, KNOB_STATE_GROUP, group) != 0 ||
	    sscanf(group, "%d", &number) != 1 || read_state(work, KNOB_STATE_GROUP_NAME, name) != 0)
		return -ENOENT;
	for (int tries = 0; answer.err == EBUSY && tries < HOLD_TRIES; tries++) {
		if (tries > 0)
			nanosleep(&pause, NULL);
		answer = work->operations->group_open(work->kernel, number,
						      strcmp(name, "vfio-noiommu") == 0);
	}
	if (answer.err == 0)
		return (int)answer.value;
	return answer.err == EBUSY ? -EBUSY : -ENOENT;
}

/*
 * While its own driver is bound, the override names that driver: another one would keep the
 * driver away, and without one the ids alone might not suffice (it may have come by an override
 * that was cleared since). The recorded override comes back last.
 */
static int move_back(struct restoration *work, const char **ret_where)
{
	const struct undo_record *record = work->record;
	int err;

	*ret_where = "driver_override could not be written";
	err = set_override(work, record->driver ? record->driver : record->driver_override);
	if (err)
		return err;
	if (*work->driver) {
		*ret_where = "the trial's driver could not be unbound";
		err = write_knob(work, KNOB_UNBIND, work->driver);
		if (err)
			return err;
	}
	*ret_where = "the device's own driver could not be bound";
	return record->driver ? bind_recorded(work) : 0;
}

static enum restore_result put_back(struct restoration *work)
{
	const struct undo_record *record = work->record;
	const char *where = "driver_override could not be written";
	int err = 0;

	if (strcmp(work->driver, or_empty(record->driver)) != 0)
		err = move_back(work, &where);
	/* Whatever happened to the driver, the override is put back. */
	if (set_override(work, record->driver_override) != 0 && err == 0)
		where = "driver_override could not be written";
	switch (read_both(work)) {
	case 0:
		if (is_back(work))
			return RESTORE_DONE;
		break;
	case ENOENT:
		return finish(work, RESTORE_GONE, "the device left the bus meanwhile");
	}
	return finish(work, RESTORE_FAILED,
		      "%s%s%s; the driver is %s and should be %s, driver_override is %s and should "
		      "be %s",
		      where, err ? ": " : "", err ? strerror(err) : "", or_none(work->driver),
		      or_none(record->driver), or_none(work->override),
		      or_none(record->driver_override));
}

/* Of no weight for the verdict: a device with its driver back is back. */
static void put_power_back(const struct restoration *work)
{
	char control[KNOB_STATE_SIZE];

	if (work->record->power_control &&
	    read_state(work, KNOB_STATE_POWER_CONTROL, control) == 0 &&
	    strcmp(control, work->record->power_control) != 0)
		write_knob(work, KNOB_POWER_CONTROL, work->record->power_control);
}

/* Whether the device may be put back from where it is; if not, *@ret says why. */
static bool may_put_back(struct restoration *work, enum restore_result *ret)
{
	const struct undo_record *record = work->record;
	int err = read_both(work);

	if (err == ENOENT)
		*ret = finish(work, RESTORE_GONE, "the device is no longer on the bus");
	else if (err)
		*ret = finish(work, RESTORE_FAILED, "the device's state could not be read: %s",
			      strerror(err));
	else if (!driver_is_ours(work) || !override_is_ours(work))
		*ret = finish(work, RESTORE_CONTESTED,
			      "somebody else changed the device: driver %s, driver_override %s; "
			      "recorded were %s and %s",
			      or_none(work->driver), or_none(work->override),
			      or_none(record->driver), or_none(record->driver_override));
	else
		return true;
	return false;
}

static enum restore_result put_back_unheld(struct restoration *work)
{
	enum restore_result result;
	int group = hold_group(work);

	if (group == -EBUSY)
		return finish(work, RESTORE_CONTESTED,
			      "another process has opened the device's group since, and keeps it: "
			      "driver %s, driver_override %s; recorded were %s and %s",
			      or_none(work->driver), or_none(work->override),
			      or_none(work->record->driver),
			      or_none(work->record->driver_override));
	/* Whoever had it before may have moved the device. */
	if (may_put_back(work, &result))
		result = is_back(work) ? RESTORE_DONE : put_back(work);
	if (group >= 0)
		work->operations->close(work->kernel, group);
	return result;
}

static enum restore_result restore_state(struct restoration *work)
{
	const struct undo_record *record = work->record;
	AUTO_FREE char *lost = NULL;
	enum restore_result result;

	if (!same_device(work, &result) || !may_put_back(work, &result))
		return result;
	if (!is_back(work)) {
		result = put_back_unheld(work);
		if (result != RESTORE_DONE)
			return result;
	}
	put_power_back(work);
	lost = links_put_back(work->operations, work->kernel, record);
	return finish(work, RESTORE_DONE, "driver %s, driver_override %s, as before%s%s",
		      or_none(record->driver), or_none(record->driver_override),
		      lost ? LOST_FOLLOWS : "", lost ? lost : "");
}

enum restore_result restore_device(const struct vfio_operations *operations, void *kernel,
				   const char *folder, const struct undo_record *record,
				   char **detail)
{
	struct restoration work = {
		.operations = operations,
		.kernel = kernel,
		.record = record,
		.detail = detail,
	};
	enum restore_result result;
	int removed;

	*detail = NULL;
	result = restore_state(&work);
	if (result != RESTORE_DONE && result != RESTORE_GONE)
		return result;
	removed = undo_record_remove(folder, &record->address);
	if (removed < 0) {
		free(*detail);
		return finish(&work, RESTORE_FAILED,
			      "the device is back, but its record could not be removed: %s",
			      strerror(-removed));
	}
	return result;
}
