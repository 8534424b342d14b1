/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trial/engine.h"
#include "trial/folder.h"
#include "trial/iommufd.h"
#include "trial/type1.h"
#include "trial/walk.h"

/* What the device at @index was, borrowed from the plan; the owner is the calling process. */
static int make_record(const struct trial_walk *walk, size_t index, struct undo_record *ret)
{
	const struct trial_device *device = &walk->plan->devices[index];

	*ret = (struct undo_record){
		.address = device->address,
		.vendor = device->vendor,
		.device = device->device,
		.group = device->group,
		.driver = device->driver,
		.driver_override = device->driver_override,
		.power_control = device->power_control,
		.trial_driver = walk->devices[index].driver,
		.links = walk->devices[index].links,
	};
	return undo_record_claim(ret);
}

/* Writes the records of every device that moves. Nothing of a device was touched before. */
static int write_records(struct trial_walk *walk)
{
	for (size_t i = 0; i < walk->plan->n_devices; i++) {
		struct undo_record record;
		int result;

		if (!walk->plan->devices[i].moves || walk->devices[i].failed)
			continue;
		walk->operations->links_read(walk->kernel, &walk->plan->devices[i].address,
					     &walk->devices[i].links);
		result = make_record(walk, i, &record);
		if (result == 0)
			result = undo_record_write(walk->undo_folder, &record);
		if (result < 0)
			return result;
		walk->devices[i].recorded = true;
	}
	return 0;
}

/* Whether @state is not @planned; what cannot be read shows at the first step. */
static bool has_changed(const struct trial_walk *walk, const struct pci_address *address,
			enum knob_state state, const char *planned)
{
	char now[KNOB_STATE_SIZE];

	return walk->operations->knob_read(walk->kernel, address, state, now).err == 0 &&
	       strcmp(now, planned ? planned : "") != 0;
}

/* The last look before the first write. Returns 0 or the negative errno of trial_run(). */
static int look_again(const struct trial_walk *walk)
{
	const struct trial_listener *listener = walk->listener;

	for (size_t i = 0; i < walk->plan->n_devices; i++) {
		const struct trial_device *device = &walk->plan->devices[i];

		if (!device->moves || walk->devices[i].failed)
			continue;
		/* Since the caller looked, and until the lock was taken, anybody may have moved it. */
		if (has_changed(walk, &device->address, KNOB_STATE_DRIVER, device->driver) ||
		    has_changed(walk, &device->address, KNOB_STATE_DRIVER_OVERRIDE,
				device->driver_override))
			return -ESTALE;
		if (listener->may_move && !listener->may_move(listener->data, (int)i))
			return -ECANCELED;
	}
	return 0;
}

static void load_modules(struct trial_walk *walk)
{
	const struct trial_plan *plan = walk->plan;

	for (size_t i = 0; i < plan->n_devices; i++) {
		const struct trial_device *device = &plan->devices[i];
		struct walk_device *state = &walk->devices[i];

		if (device->module) {
			struct kernel_answer answer;

			walk_begin(walk, (int)i, STEP_MODULE_LOAD);
			answer = walk->operations->module_load(walk->kernel, device->module);
			walk_end(walk, (int)i, STEP_MODULE_LOAD, answer.err);
		}
		if (device->trial_driver)
			snprintf(state->driver, sizeof(state->driver), "%s", device->trial_driver);
		else if (!state->failed &&
			 !walk->listener->driver_of(walk->listener->data, device->module,
						    state->driver, sizeof(state->driver)))
			state->failed = true;
	}
	/*
	 * The backends are loaded where they can be; that one is missing shows at
	 * container.set_iommu or iommufd.open, where a virtual machine meets it too.
	 */
	if (plan->backend_module)
		walk->operations->module_load(walk->kernel, plan->backend_module);
	if (plan->iommufd_module)
		walk->operations->module_load(walk->kernel, plan->iommufd_module);
}

/* One write to a device, as a step of its own. Returns whether the walk of the device goes on. */
static bool turn_knob(struct trial_walk *walk, size_t index, enum step step, enum knob knob,
		      const char *value)
{
	const struct pci_address *address = &walk->plan->devices[index].address;
	struct kernel_answer answer;

	if (walk->devices[index].failed || walk_stopped(walk))
		return false;
	walk_begin(walk, (int)index, step);
	answer = walk->operations->knob_write(walk->kernel, address, knob, value);
	walk_end(walk, (int)index, step, answer.err);
	return answer.err == 0;
}

/*
 * Some IOMMU drivers take a device on at its first bind only, refused or not: what was known of
 * its group before is no longer true then. Returns whether @ret, its group, is known.
 */
static bool read_back_group(struct trial_walk *walk, size_t index, int *ret)
{
	const struct pci_address *address = &walk->plan->devices[index].address;
	char group[KNOB_STATE_SIZE];
	bool found;

	if (walk->operations->knob_read(walk->kernel, address, KNOB_STATE_GROUP, group).err != 0)
		return false;
	found = sscanf(group, "%d", ret) == 1;
	walk_observe(walk, (int)index, EVIDENCE_GROUP_PRESENT, truth_of(found),
		     "iommu_group link after the bind", found ? group : "absent");
	return found;
}

/* Without an IOMMU the bind itself can make a group, which no guest can use. */
static void read_back_noiommu(struct trial_walk *walk, size_t index)
{
	const struct pci_address *address = &walk->plan->devices[index].address;
	char name[KNOB_STATE_SIZE];

	if (walk->operations->knob_read(walk->kernel, address, KNOB_STATE_GROUP_NAME, name).err)
		return;
	walk->noiommu = strcmp(name, "vfio-noiommu") == 0;
	walk_observe(walk, (int)index, EVIDENCE_NOIOMMU, truth_of(walk->noiommu),
		     "iommu_group/name after the bind", *name ? name : "absent");
}

/* That bind said yes is an answer; where the device is now is the fact. */
static void read_back_binding(struct trial_walk *walk, size_t index)
{
	const struct pci_address *address = &walk->plan->devices[index].address;
	char driver[KNOB_STATE_SIZE];
	struct kernel_answer answer;
	int number;

	answer = walk->operations->knob_read(walk->kernel, address, KNOB_STATE_DRIVER, driver);
	if (answer.err == 0 && strcmp(driver, walk->devices[index].driver) != 0) {
		walk_observe(walk, (int)index, EVIDENCE_BOUND_ELSEWHERE, TRUTH_YES,
			     "driver link after the bind", *driver ? driver : "absent");
		walk->devices[index].failed = true;
		return;
	}
	if (walk->plan->joint || walk->group >= 0 || !read_back_group(walk, index, &number))
		return;
	walk->group = number;
	read_back_noiommu(walk, index);
	if (walk->plan->claims_with_paging_domain &&
	    !walk->listener->may_claim(walk->listener->data, number))
		walk->devices[index].failed = true;
}

static void bind_device(struct trial_walk *walk, size_t index)
{
	int number;

	if (turn_knob(walk, index, STEP_SYSFS_BIND, KNOB_BIND, walk->devices[index].driver))
		read_back_binding(walk, index);
	else if (walk->devices[index].failed && walk->plan->devices[index].group < 0)
		read_back_group(walk, index, &number);
}

static void move_devices(struct trial_walk *walk)
{
	for (size_t i = 0; i < walk->plan->n_devices; i++) {
		const struct trial_device *device = &walk->plan->devices[i];
		const char *driver = walk->devices[i].driver;

		if (!device->moves)
			continue;
		if (!turn_knob(walk, i, STEP_SYSFS_DRIVER_OVERRIDE, KNOB_DRIVER_OVERRIDE, driver))
			continue;
		if (device->driver &&
		    !turn_knob(walk, i, STEP_SYSFS_UNBIND, KNOB_UNBIND, device->driver))
			continue;
		bind_device(walk, i);
	}
}

/*
 * From the plan, not from the records on disk: those are for whoever comes after a crash, and
 * somebody may have removed them meanwhile.
 */
static void restore_devices(struct trial_walk *walk)
{
	const struct trial_listener *listener = walk->listener;

	for (size_t i = walk->plan->n_devices; i-- > 0;) {
		struct undo_record record;
		enum restore_result result;
		char *detail = NULL;

		if (!walk->devices[i].recorded)
			continue;
		if (listener->step_begins)
			listener->step_begins(listener->data, (int)i, STEP_SYSFS_RESTORE);
		make_record(walk, i, &record);
		result = restore_device(walk->operations, walk->kernel, walk->undo_folder, &record,
					&detail);
		if (listener->restores)
			listener->restores(listener->data, (int)i, result,
					   detail ? detail : restore_result_name(result));
		free(detail);
	}
}

static void walk_paths(struct trial_walk *walk)
{
	const struct trial_plan *plan = walk->plan;

	/* A group has one domain, which is asked for once. */
	for (size_t i = 0; i < plan->n_devices; i++)
		walk->devices[i].not_moved =
			walk->devices[i].failed || (plan->joint && !trial_plan_leads(plan, i));
	if (plan->takes_type1) {
		walk_path_begins(walk, PATH_TYPE1);
		if (plan->joint)
			type1_walk_joint(walk);
		else
			type1_walk(walk);
	}
	if (plan->takes_iommufd && !walk_stopped(walk)) {
		walk_path_begins(walk, PATH_IOMMUFD);
		if (plan->joint)
			iommufd_walk_joint(walk);
		else
			iommufd_walk(walk);
	}
}

int trial_run(const struct trial_plan *plan, const struct vfio_operations *operations, void *kernel,
	      const char *undo_folder, const struct trial_listener *listener)
{
	struct trial_walk walk = {
		.plan = plan,
		.operations = operations,
		.kernel = kernel,
		.undo_folder = undo_folder,
		.listener = listener,
		.group = plan->group,
		.noiommu = plan->noiommu,
		.devices = calloc(plan->n_devices, sizeof(*walk.devices)),
	};
	int folder, result;

	if (!walk.devices)
		return -ENOMEM;
	/* What cannot be recorded is not begun: not even a module is loaded for it. */
	folder = undo_folder_open(undo_folder, true);
	if (folder < 0) {
		free(walk.devices);
		return folder;
	}
	close(folder);
	load_modules(&walk);
	result = look_again(&walk);
	if (result == 0)
		result = write_records(&walk);
	if (result == 0) {
		move_devices(&walk);
		walk_paths(&walk);
	}
	restore_devices(&walk);
	free(walk.devices);
	return result;
}
