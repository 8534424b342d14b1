/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "trial/device_info.h"
#include "trial/hot_reset.h"
#include "trial/retry.h"
#include "trial/type1.h"
#include "trial/type1_part.h"

/* Takes @err as the end of a step. Returns whether the walk goes on. */
static bool ends(struct type1 *path, enum step step, int err)
{
	walk_end(path->walk, path->who, step, err);
	return err == 0;
}

static bool goes_on(const struct type1 *path)
{
	return !walk_is_over(path->walk) && !walk_stopped(path->walk);
}

bool type1_open_container(struct type1 *path)
{
	struct kernel_answer answer;

	walk_begin(path->walk, path->who, STEP_CONTAINER_OPEN);
	answer = path->walk->operations->container_open(path->walk->kernel);
	if (answer.err == 0) {
		struct kernel_answer compat;

		path->container = (int)answer.value;
		compat = path->walk->operations->container_is_iommufd(path->walk->kernel,
								      path->container);
		walk_observe(path->walk, path->who, EVIDENCE_COMPAT_CONTAINER,
			     truth_of(compat.value), "/dev/vfio/vfio",
			     compat.value ? "provided by iommufd" : "provided by VFIO");
	}
	return ends(path, STEP_CONTAINER_OPEN, answer.err);
}

bool type1_open_group(struct type1 *path)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, path->who, STEP_GROUP_OPEN);
	answer = walk->operations->group_open(walk->kernel, path->number, walk->noiommu);
	if (answer.err == 0)
		path->group = (int)answer.value;
	return ends(path, STEP_GROUP_OPEN, answer.err);
}

bool type1_read_status(struct type1 *path)
{
	struct trial_walk *walk = path->walk;
	struct vfio_group_answer answer;

	walk_begin(walk, path->who, STEP_GROUP_GET_STATUS);
	answer = walk->operations->group_get_status(walk->kernel, path->group);
	path->not_viable = answer.err == 0 && !answer.viable;
	if (answer.err == 0)
		walk_observe(walk, path->who, EVIDENCE_VIABLE, truth_of(answer.viable),
			     "VFIO_GROUP_GET_STATUS", answer.viable ? "viable" : "not viable");
	return ends(path, STEP_GROUP_GET_STATUS, answer.err);
}

static struct kernel_answer claim(const void *data)
{
	const struct type1 *path = data;

	return path->walk->operations->group_set_container(path->walk->kernel, path->group,
							   path->container);
}

bool type1_set_container(struct type1 *path)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_observe(walk, path->who, EVIDENCE_CONTAINER_EMPTY, truth_of(!path->has_companions),
		     "the container of this trial",
		     path->has_companions ? "has another group" : "empty");
	walk_begin(walk, path->who, STEP_GROUP_SET_CONTAINER);
	answer = retry_claim(walk, path->who, "VFIO_GROUP_SET_CONTAINER", claim, path);
	/*
	 * Kernels before 5.18 accept a group that is not viable here, and SET_IOMMU would then
	 * take the DMA of its host drivers away from them. GET_STATUS has said enough.
	 */
	return ends(path, STEP_GROUP_SET_CONTAINER, answer.err) && !path->not_viable;
}

/* An extension that is not there is evidence; SET_IOMMU is what answers with an errno. */
bool type1_check_extension(struct type1 *path)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	path->backend = walk->noiommu ? VFIO_EXTENSION_NOIOMMU : VFIO_EXTENSION_TYPE1V2;
	walk_begin(walk, path->who, STEP_CONTAINER_CHECK_EXTENSION);
	answer = walk->operations->container_check_extension(walk->kernel, path->container,
							     path->backend);
	if (answer.err == 0)
		walk_observe(walk, path->who, EVIDENCE_TYPE1_EXTENSION,
			     truth_of(answer.value > 0 && !walk->noiommu),
			     "VFIO_CHECK_EXTENSION(VFIO_TYPE1v2_IOMMU)",
			     answer.value > 0 ? "1" : "0");
	return ends(path, STEP_CONTAINER_CHECK_EXTENSION, answer.err);
}

bool type1_set_iommu(struct type1 *path)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, path->who, STEP_CONTAINER_SET_IOMMU);
	answer =
		walk->operations->container_set_iommu(walk->kernel, path->container, path->backend);
	return ends(path, STEP_CONTAINER_SET_IOMMU, answer.err);
}

struct opening {
	const struct type1 *path;
	size_t index;
};

static struct kernel_answer get_device_fd(const void *data)
{
	const struct opening *opening = data;
	const struct trial_walk *walk = opening->path->walk;

	return walk->operations->group_get_device_fd(walk->kernel, opening->path->group,
						     &walk->plan->devices[opening->index].address);
}

static void open_device(struct type1 *path, size_t index)
{
	const struct opening opening = {path, index};
	struct trial_walk *walk = path->walk;
	struct kernel_answer answer;

	walk_begin(walk, (int)index, STEP_GROUP_GET_DEVICE_FD);
	answer = retry_open(get_device_fd, &opening);
	if (answer.err == 0)
		path->devices[index] = (int)answer.value;
	walk_end(walk, (int)index, STEP_GROUP_GET_DEVICE_FD, answer.err);
	if (answer.err != 0)
		return;
	if (device_info_read(walk, (int)index, path->devices[index]))
		hot_reset_ask(walk, (int)index, path->devices[index]);
}

void type1_map_page(struct type1 *path)
{
	struct trial_walk *walk = path->walk;
	struct kernel_answer mapped, unmapped;

	walk_begin(walk, path->who, STEP_CONTAINER_MAP_DMA);
	mapped = walk->operations->container_map_dma(walk->kernel, path->container);
	if (!ends(path, STEP_CONTAINER_MAP_DMA, mapped.err))
		return;
	walk_begin(walk, path->who, STEP_CONTAINER_UNMAP_DMA);
	unmapped =
		walk->operations->container_unmap_dma(walk->kernel, path->container, mapped.value);
	ends(path, STEP_CONTAINER_UNMAP_DMA, unmapped.err);
}

static void open_devices(struct type1 *path)
{
	struct trial_walk *walk = path->walk;

	for (size_t i = 0; i < walk->plan->n_devices; i++)
		if (!walk->devices[i].failed && !walk_stopped(walk))
			open_device(path, i);
	/* No-IOMMU mode has nothing to map into. */
	if (goes_on(path) && !walk->noiommu)
		type1_map_page(path);
}

static void close_all(struct type1 *path)
{
	struct trial_walk *walk = path->walk;

	for (size_t i = 0; i < walk->plan->n_devices; i++)
		if (path->devices[i] >= 0)
			walk->operations->close(walk->kernel, path->devices[i]);
	if (path->group >= 0)
		walk->operations->close(walk->kernel, path->group);
	if (path->container >= 0)
		walk->operations->close(walk->kernel, path->container);
}

void type1_walk(struct trial_walk *walk)
{
	static bool (*const steps[])(struct type1 *) = {
		type1_open_container, type1_open_group,	     type1_read_status,
		type1_set_container,  type1_check_extension, type1_set_iommu,
	};
	struct type1 path = {
		.walk = walk,
		.who = TRIAL_GROUP,
		.number = walk->group,
		.container = -1,
		.group = -1,
	};
	bool reached = true;

	if (walk_is_over(walk) || walk->group < 0)
		return;
	path.devices = malloc(walk->plan->n_devices * sizeof(*path.devices));
	if (!path.devices)
		return;
	for (size_t i = 0; i < walk->plan->n_devices; i++)
		path.devices[i] = -1;
	for (size_t i = 0; reached && i < sizeof(steps) / sizeof(steps[0]); i++)
		reached = !walk_stopped(walk) && steps[i](&path);
	if (reached && walk->plan->opens_devices)
		open_devices(&path);
	for (size_t i = 0; reached && i < walk->plan->n_devices; i++)
		walk_completes(walk, (int)i);
	close_all(&path);
	free(path.devices);
}
