/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake_part.h"

#define FAKE_IOVA 0x100000L

int fake_new_descriptor(struct fake_kernel *kernel, enum fake_descriptor_kind kind, size_t index)
{
	for (int fd = 1; fd < FAKE_DESCRIPTORS; fd++)
		if (kernel->descriptors[fd].kind == FAKE_CLOSED) {
			kernel->descriptors[fd] =
				(struct fake_descriptor){.kind = kind, .index = index};
			return fd;
		}
	fake_violates(kernel, "more descriptors than a trial needs");
	return 0;
}

/* The descriptor, or NULL and a violation where it is closed or of another kind. */
static struct fake_descriptor *descriptor(struct fake_kernel *kernel, int fd,
					  enum fake_descriptor_kind kind)
{
	if (fd > 0 && fd < FAKE_DESCRIPTORS && kernel->descriptors[fd].kind == kind)
		return &kernel->descriptors[fd];
	fake_violates(kernel, "descriptor %d is not what it is used as", fd);
	return NULL;
}

static struct fake_group *group_of(struct fake_kernel *kernel, int fd)
{
	struct fake_descriptor *found = descriptor(kernel, fd, FAKE_GROUP);

	return found ? &kernel->state.groups[found->index] : NULL;
}

static bool has_vfio_device(const struct fake_kernel *kernel, int group)
{
	for (size_t i = 0; i < kernel->state.n_devices; i++)
		if (kernel->state.devices[i].group == group && !kernel->state.devices[i].gone &&
		    driver_is_vfio(kernel->state.devices[i].driver))
			return true;
	return false;
}

/* The owner count of the IOMMU core: every driver that uses DMA of its own is one. */
bool fake_is_viable(const struct fake_kernel *kernel, int group)
{
	for (size_t i = 0; i < kernel->state.n_devices; i++) {
		const struct fake_device *device = &kernel->state.devices[i];

		if (device->group == group && !device->gone && *device->driver &&
		    !driver_is_harmless(device->driver))
			return false;
	}
	return true;
}

static bool backend_is_loaded(const struct fake_kernel *kernel)
{
	for (size_t i = 0; i < kernel->state.n_modules; i++)
		if (strcmp(kernel->state.modules[i].name, "vfio_iommu_type1") == 0)
			return kernel->state.modules[i].loaded;
	return false;
}

static struct kernel_answer container_open(void *data)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "container.open");

	return fake_ends(kernel, err, err ? -1 : fake_new_descriptor(kernel, FAKE_CONTAINER, 0));
}

static struct kernel_answer group_open(void *data, int number, bool noiommu)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "group.open"), fd = -1;
	struct fake_group *group = fake_find_group(kernel, number);

	if (err == 0 && (!group || noiommu || !has_vfio_device(kernel, number)))
		err = ENOENT;
	if (err == 0 && group->opened_by)
		err = EBUSY;
	if (err == 0) {
		fd = fake_new_descriptor(kernel, FAKE_GROUP,
					 (size_t)(group - kernel->state.groups));
		group->opened_by = fd;
	}
	return fake_ends(kernel, err, fd);
}

static struct vfio_group_answer group_get_status(void *data, int fd)
{
	struct fake_kernel *kernel = data;
	struct vfio_group_answer answer = {.err = fake_begins(kernel, "group.get_status")};
	const struct fake_group *group = group_of(kernel, fd);

	if (answer.err == 0 && group) {
		answer.container_set = group->container > 0;
		answer.viable = answer.container_set || fake_is_viable(kernel, group->number);
	}
	fake_ends(kernel, answer.err, 0);
	return answer;
}

static struct kernel_answer group_set_container(void *data, int group_fd, int container_fd)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "group.set_container");
	struct fake_group *group = group_of(kernel, group_fd);

	if (!group || !descriptor(kernel, container_fd, FAKE_CONTAINER))
		err = EBADF;
	else if (err == 0 && group->container)
		err = EINVAL;
	else if (err == 0 && !kernel->no_dma_ownership && !fake_is_viable(kernel, group->number))
		err = EPERM;
	else if (err == 0 && group->direct)
		err = EINVAL;
	if (err == 0)
		group->container = container_fd;
	return fake_ends(kernel, err, 0);
}

static struct kernel_answer group_unset_container(void *data, int group_fd)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "group.unset_container");
	struct fake_group *group = group_of(kernel, group_fd);

	if (err == 0 && (!group || !group->container))
		err = EINVAL;
	if (err == 0)
		group->container = 0;
	return fake_ends(kernel, err, 0);
}

static struct kernel_answer container_check_extension(void *data, int fd,
						      enum vfio_extension extension)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "container.check_extension");

	descriptor(kernel, fd, FAKE_CONTAINER);
	return fake_ends(kernel, err,
			 extension != VFIO_EXTENSION_NOIOMMU && backend_is_loaded(kernel));
}

static bool has_group(const struct fake_kernel *kernel, int container)
{
	for (size_t i = 0; i < kernel->state.n_groups; i++)
		if (kernel->state.groups[i].container == container)
			return true;
	return false;
}

static struct kernel_answer container_set_iommu(void *data, int fd, enum vfio_extension type)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "container.set_iommu");
	struct fake_descriptor *container = descriptor(kernel, fd, FAKE_CONTAINER);

	if (err == 0 && (!container || container->has_backend || !has_group(kernel, fd)))
		err = EINVAL;
	if (err == 0 && (type == VFIO_EXTENSION_NOIOMMU || !backend_is_loaded(kernel)))
		err = ENODEV;
	if (err == 0)
		container->has_backend = true;
	return fake_ends(kernel, err, 0);
}

static struct kernel_answer group_get_device_fd(void *data, int group_fd,
						const struct pci_address *address)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "group.get_device_fd"), fd = -1;
	const struct fake_group *group = group_of(kernel, group_fd);
	struct fake_device *device = fake_find(kernel, address);

	if (err == 0 && (!device || device->gone || !driver_is_vfio(device->driver)))
		err = ENODEV;
	if (err == 0 && (!group || group->number != device->group || group->container == 0 ||
			 !kernel->descriptors[group->container].has_backend))
		err = EINVAL;
	if (err == 0) {
		if (!device->in_plan)
			fake_violates(kernel, "a device is reset that is not in the plan");
		fd = fake_new_descriptor(kernel, FAKE_DEVICE,
					 (size_t)(device - kernel->state.devices));
		device->opens++;
	}
	return fake_ends(kernel, err, fd);
}

static struct vfio_device_answer device_get_info(void *data, int fd)
{
	struct fake_kernel *kernel = data;
	struct vfio_device_answer answer = {.err = fake_begins(kernel, "device.get_info")};

	descriptor(kernel, fd, FAKE_DEVICE);
	if (answer.err == 0) {
		answer.can_reset = true;
		answer.regions = 9;
		answer.interrupts = 5;
	}
	fake_ends(kernel, answer.err, 0);
	return answer;
}

/* One bus for every device of a group: a reset hits them all. */
static struct vfio_hot_reset_answer device_get_hot_reset_info(void *data, int fd)
{
	struct fake_kernel *kernel = data;
	struct vfio_hot_reset_answer answer = {
		.err = fake_begins(kernel, "device.get_hot_reset_info")};
	const struct fake_descriptor *device = descriptor(kernel, fd, FAKE_DEVICE);

	if (answer.err == 0 && device) {
		answer.affected = calloc(FAKE_DEVICES, sizeof(*answer.affected));
		for (size_t i = 0; answer.affected && i < kernel->state.n_devices; i++)
			if (kernel->state.devices[i].group ==
			    kernel->state.devices[device->index].group)
				answer.affected[answer.n_affected++] =
					kernel->state.devices[i].address;
	}
	fake_ends(kernel, answer.err, 0);
	return answer;
}

static struct kernel_answer container_map_dma(void *data, int fd)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "container.map_dma");
	struct fake_descriptor *container = descriptor(kernel, fd, FAKE_CONTAINER);

	if (err == 0 && (!container || !container->has_backend))
		err = EINVAL;
	if (err == 0)
		container->mappings++;
	return fake_ends(kernel, err, FAKE_IOVA);
}

static struct kernel_answer container_unmap_dma(void *data, int fd, long iova)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "container.unmap_dma");
	struct fake_descriptor *container = descriptor(kernel, fd, FAKE_CONTAINER);

	if (err == 0 && (!container || container->mappings == 0 || iova != FAKE_IOVA))
		err = EINVAL;
	if (err == 0)
		container->mappings--;
	return fake_ends(kernel, err, 0);
}

void fake_close_descriptor(struct fake_kernel *kernel, int fd)
{
	struct fake_descriptor *closing = &kernel->descriptors[fd];

	if (closing->kind == FAKE_GROUP) {
		kernel->state.groups[closing->index].opened_by = 0;
		kernel->state.groups[closing->index].container = 0;
	}
	if (closing->kind == FAKE_CONTAINER)
		for (size_t i = 0; i < kernel->state.n_groups; i++)
			if (kernel->state.groups[i].container == fd)
				kernel->state.groups[i].container = 0;
	*closing = (struct fake_descriptor){.kind = FAKE_CLOSED};
}

static void close_descriptor(void *data, int fd)
{
	struct fake_kernel *kernel = data;

	/* Closing is no step of the contract: it can be crashed at, not scripted. */
	fake_begins(kernel, "close");
	if (fd <= 0 || fd >= FAKE_DESCRIPTORS || kernel->descriptors[fd].kind == FAKE_CLOSED)
		fake_violates(kernel, "descriptor %d is closed twice", fd);
	else
		fake_close_descriptor(kernel, fd);
	fake_ends(kernel, 0, 0);
}

const struct vfio_operations fake_operations = {
	.module_load = fake_module_load,
	.knob_write = fake_knob_write,
	.knob_read = fake_knob_read,
	.links_read = fake_links_read,
	.link_rename = fake_link_rename,
	.link_up = fake_link_up,
	.container_open = container_open,
	.group_open = group_open,
	.group_get_status = group_get_status,
	.group_set_container = group_set_container,
	.group_unset_container = group_unset_container,
	.container_check_extension = container_check_extension,
	.container_set_iommu = container_set_iommu,
	.group_get_device_fd = group_get_device_fd,
	.device_get_info = device_get_info,
	.device_get_hot_reset_info = device_get_hot_reset_info,
	.container_map_dma = container_map_dma,
	.container_unmap_dma = container_unmap_dma,
	.container_is_iommufd = fake_container_is_iommufd,
	.iommufd_open = fake_iommufd_open,
	.cdev_open = fake_cdev_open,
	.cdev_bind_iommufd = fake_cdev_bind_iommufd,
	.iommufd_get_hw_info = fake_iommufd_get_hw_info,
	.ioas_alloc = fake_ioas_alloc,
	.hwpt_alloc = fake_hwpt_alloc,
	.ioas_iova_ranges = fake_ioas_iova_ranges,
	.cdev_attach_ioas = fake_cdev_attach_ioas,
	.cdev_attach_hwpt = fake_cdev_attach_hwpt,
	.cdev_detach = fake_cdev_detach,
	.ioas_map = fake_ioas_map,
	.ioas_unmap = fake_ioas_unmap,
	.close = close_descriptor,
};
