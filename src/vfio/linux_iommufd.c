/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "vfio/linux.h"
#include "vfio/linux_iommufd.h"
#include "vfio/uapi.h"

/* Low enough for every IOMMU width, and above what firmware keeps for itself. */
#define PREFERRED_IOVA 0x100000UL

/* Ids of objects start at 1, and there are at most 2^31. */
#define NO_OBJECT UINT32_MAX

static struct kernel_answer answer_of(int result, long value)
{
	if (result < 0)
		return (struct kernel_answer){.err = errno, .value = -1};
	return (struct kernel_answer){.value = value};
}

struct kernel_answer linux_iommufd_open(void *kernel)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

	(void)kernel;
	return answer_of(fd, fd);
}

/* The name of the character device, as the driver core chose it: "vfio3". */
static bool find_vfio_dev(const struct pci_address *device, char *buffer, size_t size)
{
	char address[PCI_ADDRESS_SIZE], path[64];
	AUTO_CLOSEDIR DIR *dir = NULL;
	const struct dirent *entry;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev",
		 pci_address_format(device, address));
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			return snprintf(buffer, size, "%s", entry->d_name) < (int)size;
	errno = ENOENT;
	return false;
}

struct kernel_answer linux_cdev_open(void *kernel, const struct pci_address *device)
{
	char name[64], path[96];
	int fd = -1;

	(void)kernel;
	if (find_vfio_dev(device, name, sizeof(name))) {
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	return answer_of(fd, fd);
}

struct kernel_answer linux_cdev_bind_iommufd(void *kernel, int device_fd, int iommufd)
{
	struct uapi_device_bind_iommufd bind = {.argsz = sizeof(bind), .iommufd = iommufd};
	int result = ioctl(device_fd, UAPI_VFIO_DEVICE_BIND_IOMMUFD, &bind);

	(void)kernel;
	return answer_of(result, bind.out_devid);
}

struct iommufd_hw_answer linux_iommufd_get_hw_info(void *kernel, int iommufd, long device_id)
{
	struct uapi_hw_info info = {.size = sizeof(info), .dev_id = (uint32_t)device_id};

	(void)kernel;
	if (ioctl(iommufd, UAPI_IOMMU_GET_HW_INFO, &info) < 0)
		return (struct iommufd_hw_answer){.err = errno};
	return (struct iommufd_hw_answer){.type = info.out_data_type};
}

struct kernel_answer linux_ioas_alloc(void *kernel, int iommufd)
{
	struct uapi_ioas_alloc alloc = {.size = sizeof(alloc)};
	int result = ioctl(iommufd, UAPI_IOMMU_IOAS_ALLOC, &alloc);

	(void)kernel;
	return answer_of(result, alloc.out_ioas_id);
}

struct kernel_answer linux_hwpt_alloc(void *kernel, int iommufd, long device_id, long ioas_id)
{
	struct uapi_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.dev_id = (uint32_t)device_id,
		.pt_id = (uint32_t)ioas_id,
	};
	int result = ioctl(iommufd, UAPI_IOMMU_HWPT_ALLOC, &alloc);

	(void)kernel;
	return answer_of(result, alloc.out_hwpt_id);
}

static uint64_t choose_iova(const struct uapi_iova_range *ranges, uint32_t count, uint64_t size)
{
	for (uint32_t i = 0; i < count; i++)
		if (ranges[i].start <= PREFERRED_IOVA &&
		    ranges[i].last >= PREFERRED_IOVA + size - 1)
			return PREFERRED_IOVA;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t first = (ranges[i].start + size - 1) & ~(size - 1);

		if (first >= ranges[i].start && first <= ranges[i].last &&
		    ranges[i].last - first >= size - 1)
			return first;
	}
	return PREFERRED_IOVA;
}

/* Asked twice: for how many there are, which is answered with EMSGSIZE, and for the ranges. */
struct iommufd_ranges_answer linux_ioas_iova_ranges(void *kernel, int iommufd, long ioas_id)
{
	struct uapi_ioas_iova_ranges request = {
		.size = sizeof(request),
		.ioas_id = (uint32_t)ioas_id,
	};
	AUTO_FREE struct uapi_iova_range *ranges = NULL;
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);

	(void)kernel;
	if (ioctl(iommufd, UAPI_IOMMU_IOAS_IOVA_RANGES, &request) < 0 && errno != EMSGSIZE)
		return (struct iommufd_ranges_answer){.err = errno};
	ranges = calloc(request.num_iovas ? request.num_iovas : 1, sizeof(*ranges));
	if (!ranges)
		return (struct iommufd_ranges_answer){.err = ENOMEM};
	request.allowed_iovas = (uintptr_t)ranges;
	if (ioctl(iommufd, UAPI_IOMMU_IOAS_IOVA_RANGES, &request) < 0)
		return (struct iommufd_ranges_answer){.err = errno};
	return (struct iommufd_ranges_answer){
		.ranges = request.num_iovas,
		.iova = choose_iova(ranges, request.num_iovas, size),
	};
}

struct kernel_answer linux_cdev_attach(void *kernel, int device_fd, long page_table_id)
{
	struct uapi_device_attach_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = (uint32_t)page_table_id,
	};

	(void)kernel;
	return answer_of(ioctl(device_fd, UAPI_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach), 0);
}

struct kernel_answer linux_cdev_detach(void *kernel, int device_fd)
{
	struct uapi_device_detach_pt detach = {.argsz = sizeof(detach)};

	(void)kernel;
	return answer_of(ioctl(device_fd, UAPI_VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach), 0);
}

struct kernel_answer linux_ioas_map(void *kernel, int iommufd, long ioas_id, uint64_t iova)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	struct vfio_linux *state = kernel;
	struct uapi_ioas_map map = {
		.size = sizeof(map),
		.flags =
			UAPI_IOAS_MAP_FIXED_IOVA | UAPI_IOAS_MAP_WRITEABLE | UAPI_IOAS_MAP_READABLE,
		.ioas_id = (uint32_t)ioas_id,
		.length = size,
		.iova = iova,
	};
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return answer_of(-1, -1);
	map.user_va = (uintptr_t)page;
	if (ioctl(iommufd, UAPI_IOMMU_IOAS_MAP, &map) < 0) {
		struct kernel_answer refused = answer_of(-1, -1);

		munmap(page, size);
		return refused;
	}
	state->page = page;
	state->page_size = size;
	return (struct kernel_answer){0};
}

struct kernel_answer linux_ioas_unmap(void *kernel, int iommufd, long ioas_id, uint64_t iova)
{
	struct vfio_linux *state = kernel;
	struct uapi_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = (uint32_t)ioas_id,
		.iova = iova,
		.length = state->page_size,
	};
	struct kernel_answer answer = answer_of(ioctl(iommufd, UAPI_IOMMU_IOAS_UNMAP, &unmap), 0);

	if (answer.err == 0 && state->page) {
		munmap(state->page, state->page_size);
		state->page = NULL;
	}
	return answer;
}

bool linux_is_iommufd(int fd)
{
	struct uapi_destroy destroy = {.size = sizeof(destroy), .id = NO_OBJECT};

	return ioctl(fd, UAPI_IOMMU_DESTROY, &destroy) < 0 && errno == ENOENT;
}
