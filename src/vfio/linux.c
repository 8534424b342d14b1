/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "vfio/linux.h"
#include "vfio/linux_iommufd.h"
#include "vfio/linux_reset.h"
#include "vfio/linux_net.h"
#include "vfio/linux_sysfs.h"

/* Low enough for every IOMMU width, and above what firmware keeps for itself. */
#define PREFERRED_IOVA 0x100000UL

static struct kernel_answer answer_of(long result)
{
	if (result < 0)
		return (struct kernel_answer){.err = errno, .value = -1};
	return (struct kernel_answer){.err = 0, .value = result};
}

static struct kernel_answer container_open(void *kernel)
{
	(void)kernel;
	return answer_of(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
}

static struct kernel_answer group_open(void *kernel, int group, bool noiommu)
{
	char path[48];

	(void)kernel;
	snprintf(path, sizeof(path), "/dev/vfio/%s%d", noiommu ? "noiommu-" : "", group);
	return answer_of(open(path, O_RDWR | O_CLOEXEC));
}

static struct vfio_group_answer group_get_status(void *kernel, int group_fd)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};

	(void)kernel;
	if (ioctl(group_fd, VFIO_GROUP_GET_STATUS, &status) < 0)
		return (struct vfio_group_answer){.err = errno};
	return (struct vfio_group_answer){
		.viable = status.flags & VFIO_GROUP_FLAGS_VIABLE,
		.container_set = status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET,
	};
}

static struct kernel_answer group_set_container(void *kernel, int group_fd, int container_fd)
{
	(void)kernel;
	return answer_of(ioctl(group_fd, VFIO_GROUP_SET_CONTAINER, &container_fd));
}

static struct kernel_answer group_unset_container(void *kernel, int group_fd)
{
	(void)kernel;
	return answer_of(ioctl(group_fd, VFIO_GROUP_UNSET_CONTAINER));
}

static long extension_number(enum vfio_extension extension)
{
	switch (extension) {
	case VFIO_EXTENSION_TYPE1:
		return VFIO_TYPE1_IOMMU;
	case VFIO_EXTENSION_TYPE1V2:
		return VFIO_TYPE1v2_IOMMU;
	case VFIO_EXTENSION_NOIOMMU:
		return VFIO_NOIOMMU_IOMMU;
	}
	return 0;
}

static struct kernel_answer container_check_extension(void *kernel, int container_fd,
						      enum vfio_extension extension)
{
	(void)kernel;
	return answer_of(ioctl(container_fd, VFIO_CHECK_EXTENSION, extension_number(extension)));
}

static struct kernel_answer container_set_iommu(void *kernel, int container_fd,
						enum vfio_extension type)
{
	(void)kernel;
	return answer_of(ioctl(container_fd, VFIO_SET_IOMMU, extension_number(type)));
}

static struct kernel_answer group_get_device_fd(void *kernel, int group_fd,
						const struct pci_address *device)
{
	char name[PCI_ADDRESS_SIZE];

	(void)kernel;
	return answer_of(
		ioctl(group_fd, VFIO_GROUP_GET_DEVICE_FD, pci_address_format(device, name)));
}

static struct vfio_device_answer device_get_info(void *kernel, int device_fd)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};

	(void)kernel;
	if (ioctl(device_fd, VFIO_DEVICE_GET_INFO, &info) < 0)
		return (struct vfio_device_answer){.err = errno};
	return (struct vfio_device_answer){
		.can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET,
		.regions = info.num_regions,
		.interrupts = info.num_irqs,
	};
}

/* VFIO_IOMMU_GET_INFO is asked twice: for the size it wants, then for its capabilities. */
static struct vfio_iommu_type1_info *read_iommu_info(int container_fd)
{
	struct vfio_iommu_type1_info probe = {.argsz = sizeof(probe)}, *info;

	if (ioctl(container_fd, VFIO_IOMMU_GET_INFO, &probe) < 0)
		return NULL;
	if (probe.argsz < sizeof(probe))
		probe.argsz = sizeof(probe);
	info = calloc(1, probe.argsz);
	if (!info) {
		errno = ENOMEM;
		return NULL;
	}
	info->argsz = probe.argsz;
	if (ioctl(container_fd, VFIO_IOMMU_GET_INFO, info) < 0) {
		free(info);
		return NULL;
	}
	return info;
}

/* The IOVA ranges that the container offers; NULL where the kernel names none (before 5.4). */
static const struct vfio_iommu_type1_info_cap_iova_range *
find_ranges(const struct vfio_iommu_type1_info *info)
{
	__u32 offset = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0;

	while (offset >= sizeof(*info) &&
	       offset + sizeof(struct vfio_info_cap_header) <= info->argsz) {
		const struct vfio_info_cap_header *header =
			(const void *)((const char *)info + offset);

		if (header->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			return (const void *)header;
		if (header->next <= offset)
			break;
		offset = header->next;
	}
	return NULL;
}

static unsigned long choose_iova(const struct vfio_iommu_type1_info *info, size_t size)
{
	const struct vfio_iommu_type1_info_cap_iova_range *ranges = find_ranges(info);
	unsigned long fallback = PREFERRED_IOVA;

	if (!ranges)
		return PREFERRED_IOVA;
	for (__u32 i = 0; i < ranges->nr_iovas; i++) {
		unsigned long first = (ranges->iova_ranges[i].start + size - 1) & ~(size - 1);

		if (first <= PREFERRED_IOVA &&
		    ranges->iova_ranges[i].end >= PREFERRED_IOVA + size - 1)
			return PREFERRED_IOVA;
		if (i == 0)
			fallback = first;
	}
	return fallback;
}

/* VFIO's own container knows no iommufd request and says EINVAL or ENOTTY to it. */
static struct kernel_answer container_is_iommufd(void *kernel, int container_fd)
{
	(void)kernel;
	return (struct kernel_answer){.value = linux_is_iommufd(container_fd)};
}

static struct kernel_answer container_map_dma(void *kernel, int container_fd)
{
	struct vfio_linux *state = kernel;
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
	};
	AUTO_FREE struct vfio_iommu_type1_info *info = read_iommu_info(container_fd);
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	if (!info)
		return answer_of(-1);
	if (info->flags & VFIO_IOMMU_INFO_PGSIZES && info->iova_pgsizes &&
	    (info->iova_pgsizes & -info->iova_pgsizes) > size)
		size = info->iova_pgsizes & -info->iova_pgsizes;
	state->page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (state->page == MAP_FAILED) {
		state->page = NULL;
		return answer_of(-1);
	}
	state->page_size = size;
	map.vaddr = (unsigned long)state->page;
	map.iova = choose_iova(info, size);
	map.size = size;
	if (ioctl(container_fd, VFIO_IOMMU_MAP_DMA, &map) < 0) {
		struct kernel_answer refused = answer_of(-1);

		munmap(state->page, size);
		state->page = NULL;
		return refused;
	}
	return (struct kernel_answer){.value = (long)map.iova};
}

static struct kernel_answer container_unmap_dma(void *kernel, int container_fd, long iova)
{
	struct vfio_linux *state = kernel;
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = (unsigned long)iova,
		.size = state->page_size,
	};
	struct kernel_answer answer = answer_of(ioctl(container_fd, VFIO_IOMMU_UNMAP_DMA, &unmap));

	if (answer.err == 0 && state->page) {
		munmap(state->page, state->page_size);
		state->page = NULL;
	}
	return answer;
}

static void close_descriptor(void *kernel, int fd)
{
	(void)kernel;
	close(fd);
}

const struct vfio_operations vfio_linux_operations = {
	.module_load = linux_module_load,
	.knob_write = linux_knob_write,
	.knob_read = linux_knob_read,
	.links_read = linux_links_read,
	.link_rename = linux_link_rename,
	.link_up = linux_link_up,
	.container_open = container_open,
	.group_open = group_open,
	.group_get_status = group_get_status,
	.group_set_container = group_set_container,
	.group_unset_container = group_unset_container,
	.container_check_extension = container_check_extension,
	.container_set_iommu = container_set_iommu,
	.group_get_device_fd = group_get_device_fd,
	.device_get_info = device_get_info,
	.device_get_hot_reset_info = linux_get_hot_reset_info,
	.container_map_dma = container_map_dma,
	.container_unmap_dma = container_unmap_dma,
	.container_is_iommufd = container_is_iommufd,
	.iommufd_open = linux_iommufd_open,
	.cdev_open = linux_cdev_open,
	.cdev_bind_iommufd = linux_cdev_bind_iommufd,
	.iommufd_get_hw_info = linux_iommufd_get_hw_info,
	.ioas_alloc = linux_ioas_alloc,
	.hwpt_alloc = linux_hwpt_alloc,
	.ioas_iova_ranges = linux_ioas_iova_ranges,
	.cdev_attach_ioas = linux_cdev_attach,
	.cdev_attach_hwpt = linux_cdev_attach,
	.cdev_detach = linux_cdev_detach,
	.ioas_map = linux_ioas_map,
	.ioas_unmap = linux_ioas_unmap,
	.close = close_descriptor,
};
