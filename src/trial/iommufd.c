/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "trial/device_info.h"
#include "trial/hot_reset.h"
#include "trial/iommufd.h"
#include "trial/iommufd_part.h"
#include "trial/retry.h"

/* Takes @err as the end of a step of all devices. Returns whether the walk goes on. */
static bool ends(struct iommufd *path, enum step step, int err)
{
	walk_end(path->walk, TRIAL_GROUP, step, err);
	return err == 0;
}

bool iommufd_device_goes_on(const struct iommufd *path, size_t index)
{
	return !path->walk->devices[index].failed && !walk_stopped(path->walk);
}

bool iommufd_goes_on(const struct iommufd *path)
{
	return !walk_is_over(path->walk) && !walk_stopped(path->walk);
}

bool iommufd_open(struct iommufd *path)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, TRIAL_GROUP, STEP_IOMMUFD_OPEN);
	answer = walk->operations->iommufd_open(walk->kernel);
	if (answer.err == 0)
		path->fd = (int)answer.value;
	return ends(path, STEP_IOMMUFD_OPEN, answer.err);
}

void iommufd_open_cdev(struct iommufd *path, size_t index)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, (int)index, STEP_CDEV_OPEN);
	answer = walk->operations->cdev_open(walk->kernel, &walk->plan->devices[index].address);
	if (answer.err == 0)
		path->devices[index].fd = (int)answer.value;
	walk_end(walk, (int)index, STEP_CDEV_OPEN, answer.err);
}

struct binding {
	const struct iommufd *path;
	size_t index;
};

static struct kernel_answer bind_once(const void *data)
{
	const struct binding *binding = data;
	const struct iommufd *path = binding->path;

	return path->walk->operations->cdev_bind_iommufd(
		path->walk->kernel, path->devices[binding->index].fd, path->fd);
}

/* One request claims the group and opens the device. */
static struct kernel_answer bind_open(const void *data)
{
	return retry_open(bind_once, data);
}

void iommufd_bind_cdev(struct iommufd *path, size_t index)
{
	const struct binding binding = {path, index};
	struct kernel_answer answer;

	walk_begin(path->walk, (int)index, STEP_CDEV_BIND_IOMMUFD);
	answer = retry_claim(path->walk, (int)index, "VFIO_DEVICE_BIND_IOMMUFD", bind_open,
			     &binding);
	if (answer.err == 0)
		path->devices[index].id = answer.value;
	walk_end(path->walk, (int)index, STEP_CDEV_BIND_IOMMUFD, answer.err);
}

static void read_device_info(struct iommufd *path, size_t index)
{
	if (device_info_read(path->walk, (int)index, path->devices[index].fd))
		hot_reset_ask(path->walk, (int)index, path->devices[index].fd);
}

/* An IOMMU driver that says nothing of its hardware can translate all the same. */
static void read_hardware_info(struct iommufd *path, size_t index)
{
	struct trial_walk *walk = path->walk;
	struct iommufd_hw_answer answer;
	char value[32];

	walk_begin(walk, (int)index, STEP_IOMMUFD_GET_HW_INFO);
	answer = walk->operations->iommufd_get_hw_info(walk->kernel, path->fd,
						       path->devices[index].id);
	if (answer.err == EOPNOTSUPP || answer.err == ENODEV) {
		walk_note(walk, (int)index, STEP_IOMMUFD_GET_HW_INFO, answer.err);
		walk_observe(walk, (int)index, EVIDENCE_NONE, TRUTH_NO, "IOMMU_GET_HW_INFO",
			     "absent");
		return;
	}
	if (answer.err == 0) {
		snprintf(value, sizeof(value), answer.type ? "type %u" : "type none (%u)",
			 answer.type);
		walk_observe(walk, (int)index, EVIDENCE_NONE, TRUTH_YES, "IOMMU_GET_HW_INFO",
			     value);
	}
	walk_end(walk, (int)index, STEP_IOMMUFD_GET_HW_INFO, answer.err);
}

static bool open_devices(struct iommufd *path)
{
	static void (*const steps[])(struct iommufd *, size_t) = {
		iommufd_open_cdev,
		iommufd_bind_cdev,
		read_device_info,
		read_hardware_info,
	};

	for (size_t i = 0; i < path->walk->plan->n_devices; i++)
		for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++)
			if (iommufd_device_goes_on(path, i))
				steps[s](path, i);
	return iommufd_goes_on(path);
}

bool iommufd_alloc_ioas(struct iommufd *path)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, TRIAL_GROUP, STEP_IOAS_ALLOC);
	answer = walk->operations->ioas_alloc(walk->kernel, path->fd);
	path->ioas = answer.value;
	return ends(path, STEP_IOAS_ALLOC, answer.err);
}

static bool attach_all(struct iommufd *path)
{
	struct trial_walk *walk = path->walk;

	for (size_t i = 0; i < walk->plan->n_devices; i++) {
		struct kernel_answer answer;

		if (!iommufd_device_goes_on(path, i))
			continue;
		walk_begin(walk, (int)i, STEP_CDEV_ATTACH_IOAS);
		answer = walk->operations->cdev_attach_ioas(walk->kernel, path->devices[i].fd,
							    path->ioas);
		path->devices[i].attached = answer.err == 0;
		walk_end(walk, (int)i, STEP_CDEV_ATTACH_IOAS, answer.err);
	}
	return iommufd_goes_on(path);
}

bool iommufd_read_ranges(struct iommufd *path)
{
	struct trial_walk *walk = path->walk;
	struct iommufd_ranges_answer answer;

	walk_begin(walk, TRIAL_GROUP, STEP_IOAS_IOVA_RANGES);
	answer = walk->operations->ioas_iova_ranges(walk->kernel, path->fd, path->ioas);
	if (answer.err == 0) {
		char value[64];

		path->iova = answer.iova;
		snprintf(value, sizeof(value), "%u ranges, 0x%" PRIx64 " is free", answer.ranges,
			 answer.iova);
		walk_observe(walk, TRIAL_GROUP, EVIDENCE_NONE, TRUTH_YES, "IOMMU_IOAS_IOVA_RANGES",
			     value);
	}
	return ends(path, STEP_IOAS_IOVA_RANGES, answer.err);
}

bool iommufd_map_page(struct iommufd *path)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, TRIAL_GROUP, STEP_IOAS_MAP);
	answer = walk->operations->ioas_map(walk->kernel, path->fd, path->ioas, path->iova);
	if (!ends(path, STEP_IOAS_MAP, answer.err))
		return false;
	walk_begin(walk, TRIAL_GROUP, STEP_IOAS_UNMAP);
	answer = walk->operations->ioas_unmap(walk->kernel, path->fd, path->ioas, path->iova);
	return ends(path, STEP_IOAS_UNMAP, answer.err);
}

void iommufd_detach(struct iommufd *path, size_t index)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, (int)index, STEP_CDEV_DETACH);
	answer = walk->operations->cdev_detach(walk->kernel, path->devices[index].fd);
	if (answer.err == 0)
		path->devices[index].attached = false;
	walk_end(walk, (int)index, STEP_CDEV_DETACH, answer.err);
}

static bool detach_all(struct iommufd *path)
{
	for (size_t i = 0; i < path->walk->plan->n_devices; i++)
		if (iommufd_device_goes_on(path, i) && path->devices[i].attached)
			iommufd_detach(path, i);
	return iommufd_goes_on(path);
}

/*
 * A domain of its own, as a guest with a virtual IOMMU of its own would get it. One device at a
 * time: a group has one domain.
 */
static void try_own_domain(struct iommufd *path, size_t index)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, (int)index, STEP_HWPT_ALLOC);
	answer = walk->operations->hwpt_alloc(walk->kernel, path->fd, path->devices[index].id,
					      path->ioas);
	walk_note(walk, (int)index, STEP_HWPT_ALLOC, answer.err);
	if (answer.err == 0) {
		walk_begin(walk, (int)index, STEP_CDEV_ATTACH_HWPT);
		answer = walk->operations->cdev_attach_hwpt(walk->kernel, path->devices[index].fd,
							    answer.value);
		walk_note(walk, (int)index, STEP_CDEV_ATTACH_HWPT, answer.err);
	}
	walk_observe(walk, (int)index, EVIDENCE_NONE, truth_of(answer.err == 0),
		     "a domain of its own", answer.err == 0 ? "attached" : "refused");
	if (answer.err == 0)
		iommufd_detach(path, index);
}

static bool try_own_domains(struct iommufd *path)
{
	for (size_t i = 0; i < path->walk->plan->n_devices; i++)
		if (iommufd_device_goes_on(path, i))
			try_own_domain(path, i);
	return iommufd_goes_on(path);
}

bool iommufd_begin(struct trial_walk *walk, struct iommufd *ret)
{
	*ret = (struct iommufd){
		.walk = walk,
		.fd = -1,
		.devices = calloc(walk->plan->n_devices, sizeof(*ret->devices)),
	};
	for (size_t i = 0; ret->devices && i < walk->plan->n_devices; i++)
		ret->devices[i].fd = -1;
	return ret->devices != NULL;
}

void iommufd_end(struct iommufd *path)
{
	struct trial_walk *walk = path->walk;

	for (size_t i = 0; i < walk->plan->n_devices; i++)
		if (path->devices[i].fd >= 0)
			walk->operations->close(walk->kernel, path->devices[i].fd);
	if (path->fd >= 0)
		walk->operations->close(walk->kernel, path->fd);
	free(path->devices);
}

void iommufd_walk(struct trial_walk *walk)
{
	static bool (*const steps[])(struct iommufd *) = {
		iommufd_open,	     open_devices,     iommufd_alloc_ioas, attach_all,
		iommufd_read_ranges, iommufd_map_page, detach_all,	   try_own_domains,
	};
	struct iommufd path;
	bool reached = true;

	if (walk_is_over(walk) || !iommufd_begin(walk, &path))
		return;
	for (size_t i = 0; reached && i < sizeof(steps) / sizeof(steps[0]); i++)
		reached = !walk_stopped(walk) && steps[i](&path);
	for (size_t i = 0; reached && i < walk->plan->n_devices; i++)
		walk_completes(walk, (int)i);
	iommufd_end(&path);
}
