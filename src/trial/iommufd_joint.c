/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "trial/iommufd.h"
#include "trial/iommufd_part.h"

struct iommufd_joint {
	struct iommufd path;
	size_t *openers; /* the device that each domain was made for, in the order of domains */
	size_t n_domains;
};

static bool open_leaders(struct iommufd *path)
{
	for (size_t i = 0; i < path->walk->plan->n_devices; i++) {
		if (iommufd_device_goes_on(path, i))
			iommufd_open_cdev(path, i);
		if (iommufd_device_goes_on(path, i))
			iommufd_bind_cdev(path, i);
	}
	return iommufd_goes_on(path);
}

/*
 * Attaches the device at @index to the domain that was made for the device at @opener. Returns
 * the kernel's errno, which is for the caller to announce.
 */
static int attach(struct iommufd *path, size_t index, size_t opener)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;
	char name[PCI_ADDRESS_SIZE];

	walk_observe(walk, (int)index, EVIDENCE_OTHER_DOMAIN, truth_of(opener != index),
		     "the domain that was offered",
		     opener == index
			     ? "its own"
			     : pci_address_format(&walk->plan->devices[opener].address, name));
	walk_begin(walk, (int)index, STEP_CDEV_ATTACH_HWPT);
	answer = walk->operations->cdev_attach_hwpt(walk->kernel, path->devices[index].fd,
						    path->devices[opener].hwpt);
	if (answer.err == 0)
		path->devices[index].attached = true;
	return answer.err;
}

/* Its own domain is what QEMU and an IOAS fall back to: a refusal there ends it. */
static bool attach_own(struct iommufd *path, size_t index)
{
	int err = attach(path, index, index);

	walk_end(path->walk, (int)index, STEP_CDEV_ATTACH_HWPT, err);
	walk_observe(path->walk, (int)index, EVIDENCE_FRESH_DOMAIN, truth_of(err == 0),
		     "a domain of its own", err == 0 ? "attached" : "refused");
	return err == 0;
}

static void try_fresh(struct iommufd *path, size_t index)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, (int)index, STEP_HWPT_ALLOC);
	answer = walk->operations->hwpt_alloc(walk->kernel, path->fd, path->devices[index].id,
					      path->ioas);
	walk_end(walk, (int)index, STEP_HWPT_ALLOC, answer.err);
	if (answer.err != 0)
		return;
	path->devices[index].hwpt = answer.value;
	if (attach_own(path, index))
		iommufd_detach(path, index);
}

/* Offers every domain that there is; what fits none of them gets its own. */
static void place(struct iommufd_joint *joint, size_t index)
{
	struct iommufd *path = &joint->path;

	for (size_t d = 0; d < joint->n_domains; d++) {
		int err = attach(path, index, joint->openers[d]);

		/* EINVAL says that the domain does not fit, any other errno that nothing will. */
		if (err == EINVAL) {
			walk_note(path->walk, (int)index, STEP_CDEV_ATTACH_HWPT, err);
			continue;
		}
		walk_end(path->walk, (int)index, STEP_CDEV_ATTACH_HWPT, err);
		if (err == 0)
			walk_joins(path->walk, (int)index, (int)d + 1);
		return;
	}
	if (attach_own(path, index)) {
		joint->openers[joint->n_domains++] = index;
		walk_joins(path->walk, (int)index, (int)joint->n_domains);
	}
}

static void place_all(struct iommufd_joint *joint)
{
	struct iommufd *path = &joint->path;
	size_t n = path->walk->plan->n_devices;

	for (size_t i = 0; i < n; i++)
		if (iommufd_device_goes_on(path, i))
			try_fresh(path, i);
	for (size_t i = 0; i < n; i++)
		if (iommufd_device_goes_on(path, i))
			place(joint, i);
	if (!iommufd_goes_on(path) || !iommufd_read_ranges(path) || !iommufd_goes_on(path) ||
	    !iommufd_map_page(path))
		return;
	for (size_t i = 0; i < n; i++)
		if (iommufd_device_goes_on(path, i) && path->devices[i].attached)
			iommufd_detach(path, i);
	for (size_t i = 0; i < n; i++)
		walk_completes(path->walk, (int)i);
}

void iommufd_walk_joint(struct trial_walk *walk)
{
	struct iommufd_joint joint = {0};
	struct iommufd *path = &joint.path;

	if (walk_is_over(walk) || walk_stopped(walk) || !iommufd_begin(walk, path))
		return;
	joint.openers = calloc(walk->plan->n_devices, sizeof(*joint.openers));
	if (joint.openers && iommufd_open(path) && iommufd_goes_on(path) && open_leaders(path) &&
	    iommufd_alloc_ioas(path) && iommufd_goes_on(path))
		place_all(&joint);
	iommufd_end(path);
	free(joint.openers);
}
