/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/listing.h"
#include "host/holders.h"
#include "trial/undo.h"

#define CHARACTER_DEVICE_FOLDER "/dev/vfio/devices/"

const char *device_state_name(enum device_state state)
{
	switch (state) {
	case DEVICE_STATE_HOST:
		return "host";
	case DEVICE_STATE_VFIO:
		return "vfio";
	case DEVICE_STATE_IN_USE:
		return "in-use";
	case DEVICE_STATE_UNBOUND:
		return "unbound";
	case DEVICE_STATE_NO_GROUP:
		return "no-group";
	case DEVICE_STATE_BRIDGE:
		return "bridge";
	case DEVICE_STATE_RECOVERING:
		return "recovering";
	}
	return NULL;
}

static bool is_bound_to_vfio(const struct pci_device *device)
{
	return device->driver.state == FACT_KNOWN && driver_is_vfio(device->driver.text);
}

/* What the device alone says; records and holders come later. */
static enum device_state own_state(const struct pci_device *device)
{
	if (pci_device_is_bridge(device) == TRUTH_YES ||
	    pci_device_is_host_bridge(device) == TRUTH_YES)
		return DEVICE_STATE_BRIDGE;
	if (device->group.state == FACT_ABSENT)
		return DEVICE_STATE_NO_GROUP;
	if (is_bound_to_vfio(device))
		return DEVICE_STATE_VFIO;
	if (device->driver.state == FACT_ABSENT)
		return DEVICE_STATE_UNBOUND;
	return DEVICE_STATE_HOST;
}

/*
 * Whether a process may have the device open. One that is leaving a VFIO driver, and is waited for
 * in that, has no driver any more as far as sysfs tells; its group still has its node.
 */
static bool may_be_held(const struct host_root *root, enum device_state state,
			const struct pci_device *device)
{
	if (state == DEVICE_STATE_VFIO)
		return true;
	return state == DEVICE_STATE_UNBOUND && device->group.state == FACT_KNOWN &&
	       host_root_exists(root, "/dev/vfio/%d", (int)device->group.number) == 1;
}

/* Marks every endpoint of @group, which a process holds: none of it is free. */
static void mark_group_in_use(struct listing *listing, uint64_t group)
{
	for (size_t i = 0; i < listing->devices.n_devices; i++) {
		const struct pci_device *device = &listing->devices.devices[i];

		if (listing->states[i] != DEVICE_STATE_BRIDGE &&
		    device->group.state == FACT_KNOWN && device->group.number == group)
			listing->states[i] = DEVICE_STATE_IN_USE;
	}
}

/* The name of @device's character device, which only a full read of the function tells.
 */
static bool is_held(const struct host_root *root, const struct vfio_holder_list *holders,
		    bool by_device, const struct pci_device *device)
{
	struct pci_device detail = {0};
	const char *vfio_dev = NULL;
	bool held;

	if (by_device && host_pci_read_detail(root, &device->address, &detail) == 0 &&
	    detail.vfio_dev.state == FACT_KNOWN)
		vfio_dev = detail.vfio_dev.text;
	held = vfio_holder_list_find(holders, (int)device->group.number, vfio_dev, NULL) ==
	       TRUTH_YES;
	pci_device_release(&detail);
	return held;
}

/*
 * Finds the groups that processes hold. Where not every process could be looked into, a
 * group without a known holder stays "vfio": the one word has no room for doubt, `check`
 * has.
 */
static int mark_held_groups(const struct host_root *root, struct listing *listing)
{
	struct vfio_holder_list holders = {0};
	bool by_device = false;
	int r = vfio_holders_read(root, &holders);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return 0;
	for (size_t i = 0; i < holders.n_holders; i++)
		if (strncmp(holders.holders[i].node, CHARACTER_DEVICE_FOLDER,
			    strlen(CHARACTER_DEVICE_FOLDER)) == 0)
			by_device = true;
	for (size_t i = 0; holders.n_holders > 0 && i < listing->devices.n_devices; i++) {
		const struct pci_device *device = &listing->devices.devices[i];

		if (device->group.state == FACT_KNOWN &&
		    may_be_held(root, listing->states[i], device) &&
		    is_held(root, &holders, by_device, device))
			mark_group_in_use(listing, device->group.number);
	}
	vfio_holder_list_release(&holders);
	return 0;
}

static int mark_recovering(const char *undo_folder, struct listing *listing)
{
	struct undo_record_list records = {0};
	int r = undo_record_list_read(undo_folder, &records);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return 0;
	for (size_t i = 0; i < records.n_records; i++) {
		const struct pci_device *device =
			pci_device_list_find(&listing->devices, &records.records[i].address);
		size_t at = device ? (size_t)(device - listing->devices.devices) : 0;

		if (device && listing->states[at] != DEVICE_STATE_BRIDGE)
			listing->states[at] = DEVICE_STATE_RECOVERING;
	}
	undo_record_list_release(&records);
	return 0;
}

int listing_read(const struct host_root *root, const char *undo_folder, struct listing *ret)
{
	struct listing listing = {0};
	bool any_held = false;
	int r = host_pci_list(root, &listing.devices);

	if (r < 0)
		return r;
	listing.states = calloc(listing.devices.n_devices + 1, sizeof(*listing.states));
	r = listing.states ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < listing.devices.n_devices; i++) {
		listing.states[i] = own_state(&listing.devices.devices[i]);
		any_held = any_held ||
			   may_be_held(root, listing.states[i], &listing.devices.devices[i]);
	}
	if (r == 0 && any_held && root->live)
		r = mark_held_groups(root, &listing);
	if (r == 0)
		r = mark_recovering(undo_folder, &listing);
	if (r < 0) {
		listing_release(&listing);
		return r;
	}
	*ret = listing;
	return 0;
}

void listing_read_revisions(const struct host_root *root, struct listing *listing)
{
	for (size_t i = 0; i < listing->devices.n_devices; i++) {
		struct pci_device *device = &listing->devices.devices[i];
		char address[PCI_ADDRESS_SIZE], text[16], *end;
		unsigned long revision;

		if (device->revision.state == FACT_KNOWN ||
		    host_root_read(root, text, sizeof(text), "/sys/bus/pci/devices/%s/revision",
				   pci_address_format(&device->address, address)) <= 0)
			continue;
		revision = strtoul(text, &end, 16);
		if (end != text && *end == '\0' && revision <= UINT8_MAX)
			device->revision = (struct fact_number){FACT_KNOWN, revision};
	}
}

void listing_release(struct listing *listing)
{
	pci_device_list_release(&listing->devices);
	free(listing->states);
	*listing = (struct listing){0};
}
