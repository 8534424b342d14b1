/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/pci_device.h"
#include "trial/hot_reset.h"

#define INFO "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO"

static bool in_plan(const struct trial_walk *walk, const struct pci_address *address)
{
	for (size_t i = 0; i < walk->plan->n_devices; i++)
		if (pci_address_equal(&walk->plan->devices[i].address, address))
			return true;
	return false;
}

/* Fills @state, "" where the kernel does not answer. */
static void read_state(const struct trial_walk *walk, const struct pci_address *address,
		       enum knob_state what, char state[KNOB_STATE_SIZE])
{
	if (walk->operations->knob_read(walk->kernel, address, what, state).err != 0)
		state[0] = '\0';
}

/*
 * Whether the VM would not own @address: it is not moved along, nor is it a member of the group
 * that is bound to VFIO (vfio_pci_dev_set_hot_reset takes those as owned).
 */
static bool is_foreign(const struct trial_walk *walk, const struct pci_address *address,
		       const char *separator, FILE *out)
{
	char driver[KNOB_STATE_SIZE], group[KNOB_STATE_SIZE], own[16], name[PCI_ADDRESS_SIZE];

	if (in_plan(walk, address))
		return false;
	read_state(walk, address, KNOB_STATE_DRIVER, driver);
	read_state(walk, address, KNOB_STATE_GROUP, group);
	snprintf(own, sizeof(own), "%d", walk->group);
	if (strcmp(group, own) == 0 && driver_is_vfio(driver))
		return false;
	fprintf(out, "%s%s (%s, group %s)", separator, pci_address_format(address, name),
		*driver ? driver : "no driver", *group ? group : "none");
	return true;
}

static void observe_foreign(struct trial_walk *walk, int index,
			    const struct vfio_hot_reset_answer *answer)
{
	AUTO_FREE char *value = NULL;
	bool any = false;
	size_t size = 0;
	FILE *out = open_memstream(&value, &size);

	if (!out)
		return;
	for (size_t i = 0; i < answer->n_affected; i++)
		if (is_foreign(walk, &answer->affected[i], any ? ", " : "", out))
			any = true;
	fclose(out);
	walk_observe(walk, index, EVIDENCE_RESET_FOREIGN, truth_of(any), INFO,
		     any ? value : "absent");
}

void hot_reset_ask(struct trial_walk *walk, int index, int device_fd)
{
	struct vfio_hot_reset_answer answer;

	walk_begin(walk, index, STEP_DEVICE_GET_HOT_RESET_INFO);
	answer = walk->operations->device_get_hot_reset_info(walk->kernel, device_fd);
	if (answer.err == 0 || answer.err == EIO)
		walk_end(walk, index, STEP_DEVICE_GET_HOT_RESET_INFO, answer.err);
	else
		walk_note(walk, index, STEP_DEVICE_GET_HOT_RESET_INFO, answer.err);
	if (answer.err == 0 || answer.err == ENODEV || answer.err == EPERM)
		walk_observe(walk, index, EVIDENCE_RESET_BUS, truth_of(answer.err != ENODEV), INFO,
			     answer.err == ENODEV ? "absent" : "the bus or slot can be reset");
	if (answer.err == 0)
		observe_foreign(walk, index, &answer);
	else if (answer.err == EPERM)
		walk_observe(walk, index, EVIDENCE_RESET_FOREIGN, TRUTH_YES, INFO,
			     "a function without an IOMMU group");
	free(answer.affected);
}
