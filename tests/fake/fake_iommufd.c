/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "fake_part.h"

#define FAKE_IOVA 0x100000UL
#define FIRST_DEVICE_ID 100
#define FIRST_IOAS_ID 200
#define FIRST_HWPT_ID 300

static struct fake_descriptor *descriptor(struct fake_kernel *kernel, int fd,
					  enum fake_descriptor_kind kind)
{
	if (fd > 0 && fd < FAKE_DESCRIPTORS && kernel->descriptors[fd].kind == kind)
		return &kernel->descriptors[fd];
	fake_violates(kernel, "descriptor %d is not what it is used as", fd);
	return NULL;
}

/* A cdev that is bound; NULL and a violation otherwise. */
static struct fake_descriptor *bound_device(struct fake_kernel *kernel, int fd)
{
	struct fake_descriptor *found = descriptor(kernel, fd, FAKE_DEVICE);

	if (found && found->iommufd > 0)
		return found;
	fake_violates(kernel, "descriptor %d is attached before it is bound", fd);
	return NULL;
}

static bool module_is_loaded(const struct fake_kernel *kernel, const char *name)
{
	for (size_t i = 0; i < kernel->state.n_modules; i++)
		if (strcmp(kernel->state.modules[i].name, name) == 0)
			return kernel->state.modules[i].loaded;
	return false;
}

struct kernel_answer fake_container_is_iommufd(void *data, int fd)
{
	struct fake_kernel *kernel = data;

	descriptor(kernel, fd, FAKE_CONTAINER);
	return (struct kernel_answer){.value = kernel->compat_container};
}

struct kernel_answer fake_iommufd_open(void *data)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "iommufd.open");

	if (err == 0 && !module_is_loaded(kernel, "iommufd"))
		err = ENOENT;
	return fake_ends(kernel, err, err ? -1 : fake_new_descriptor(kernel, FAKE_IOMMUFD, 0));
}

struct kernel_answer fake_cdev_open(void *data, const struct pci_address *address)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "cdev.open"), fd = -1;
	const struct fake_device *device = fake_find(kernel, address);

	if (err == 0 && (!device || device->gone || !driver_is_vfio(device->driver)))
		err = ENOENT;
	if (err == 0)
		fd = fake_new_descriptor(kernel, FAKE_DEVICE,
					 (size_t)(device - kernel->state.devices));
	return fake_ends(kernel, err, fd);
}

/* errno-map C.3: a legacy holder before all else, then the owner, then firmware's mapping. */
struct kernel_answer fake_cdev_bind_iommufd(void *data, int fd, int iommufd)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "cdev.bind_iommufd");
	struct fake_descriptor *opened = descriptor(kernel, fd, FAKE_DEVICE);
	struct fake_device *device;
	struct fake_group *group;

	descriptor(kernel, iommufd, FAKE_IOMMUFD);
	if (!opened)
		return fake_ends(kernel, EBADF, -1);
	device = &kernel->state.devices[opened->index];
	group = fake_find_group(kernel, device->group);
	if (err == 0 && group && group->opened_by)
		err = EBUSY;
	if (err == 0 && (!group || opened->iommufd > 0))
		err = EINVAL;
	if (err == 0 && !fake_is_viable(kernel, device->group))
		err = EPERM;
	if (err == 0 && group->direct)
		err = EINVAL;
	if (err == 0) {
		if (!device->in_plan)
			fake_violates(kernel, "a device is reset that is not in the plan");
		opened->iommufd = iommufd;
		device->opens++;
	}
	return fake_ends(kernel, err, FIRST_DEVICE_ID + fd);
}

struct iommufd_hw_answer fake_iommufd_get_hw_info(void *data, int iommufd, long device_id)
{
	struct fake_kernel *kernel = data;
	struct iommufd_hw_answer answer = {.err = fake_begins(kernel, "iommufd.get_hw_info")};

	descriptor(kernel, iommufd, FAKE_IOMMUFD);
	bound_device(kernel, (int)(device_id - FIRST_DEVICE_ID));
	if (answer.err == 0)
		answer.type = 1;
	fake_ends(kernel, answer.err, 0);
	return answer;
}

struct kernel_answer fake_ioas_alloc(void *data, int iommufd)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "ioas.alloc");

	descriptor(kernel, iommufd, FAKE_IOMMUFD);
	return fake_ends(kernel, err, FIRST_IOAS_ID);
}

/* The id of a domain tells whose it is. */
struct kernel_answer fake_hwpt_alloc(void *data, int iommufd, long device_id, long ioas_id)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "hwpt.alloc");

	descriptor(kernel, iommufd, FAKE_IOMMUFD);
	bound_device(kernel, (int)(device_id - FIRST_DEVICE_ID));
	if (err == 0 && ioas_id != FIRST_IOAS_ID)
		err = EINVAL;
	return fake_ends(kernel, err, FIRST_HWPT_ID + device_id - FIRST_DEVICE_ID);
}

struct iommufd_ranges_answer fake_ioas_iova_ranges(void *data, int iommufd, long ioas_id)
{
	struct fake_kernel *kernel = data;
	struct iommufd_ranges_answer answer = {.err = fake_begins(kernel, "ioas.iova_ranges")};

	descriptor(kernel, iommufd, FAKE_IOMMUFD);
	if (answer.err == 0 && ioas_id != FIRST_IOAS_ID)
		answer.err = ENOENT;
	if (answer.err == 0) {
		answer.ranges = 2;
		answer.iova = FAKE_IOVA;
	}
	fake_ends(kernel, answer.err, 0);
	return answer;
}

/* A group has one domain at a time (iommufd_hw_pagetable_attach). */
static int attach(struct fake_kernel *kernel, int fd, long page_table)
{
	struct fake_descriptor *device = bound_device(kernel, fd);

	if (!device)
		return EBADF;
	for (int other = 1; other < FAKE_DESCRIPTORS; other++) {
		const struct fake_descriptor *found = &kernel->descriptors[other];

		if (other != fd && found->kind == FAKE_DEVICE && found->page_table &&
		    found->page_table != page_table &&
		    kernel->state.devices[found->index].group ==
			    kernel->state.devices[device->index].group)
			return EINVAL;
	}
	device->page_table = page_table;
	return 0;
}

struct kernel_answer fake_cdev_attach_ioas(void *data, int fd, long ioas_id)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "cdev.attach_ioas");

	if (err == 0)
		err = attach(kernel, fd, ioas_id);
	return fake_ends(kernel, err, 0);
}

/* A domain is of the IOMMU of the device that it was made for (D.5: another SMMU instance). */
static bool fits(struct fake_kernel *kernel, int fd, long hwpt_id)
{
	const struct fake_descriptor *device = bound_device(kernel, fd);
	const struct fake_descriptor *owner = bound_device(kernel, (int)(hwpt_id - FIRST_HWPT_ID));

	return device && owner &&
	       kernel->state.devices[device->index].iommu ==
		       kernel->state.devices[owner->index].iommu;
}

struct kernel_answer fake_cdev_attach_hwpt(void *data, int fd, long hwpt_id)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "cdev.attach_hwpt");

	if (err == 0 && !fits(kernel, fd, hwpt_id))
		err = EINVAL;
	if (err == 0)
		err = attach(kernel, fd, hwpt_id);
	return fake_ends(kernel, err, 0);
}

struct kernel_answer fake_cdev_detach(void *data, int fd)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "cdev.detach");
	struct fake_descriptor *device = bound_device(kernel, fd);

	if (err == 0 && device)
		device->page_table = 0;
	return fake_ends(kernel, err, 0);
}

struct kernel_answer fake_ioas_map(void *data, int iommufd, long ioas_id, uint64_t iova)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "ioas.map");
	struct fake_descriptor *found = descriptor(kernel, iommufd, FAKE_IOMMUFD);

	if (err == 0 && (!found || ioas_id != FIRST_IOAS_ID || iova != FAKE_IOVA))
		err = EINVAL;
	if (err == 0)
		found->mappings++;
	return fake_ends(kernel, err, 0);
}

struct kernel_answer fake_ioas_unmap(void *data, int iommufd, long ioas_id, uint64_t iova)
{
	struct fake_kernel *kernel = data;
	int err = fake_begins(kernel, "ioas.unmap");
	struct fake_descriptor *found = descriptor(kernel, iommufd, FAKE_IOMMUFD);

	if (err == 0 &&
	    (!found || found->mappings == 0 || ioas_id != FIRST_IOAS_ID || iova != FAKE_IOVA))
		err = ENOENT;
	if (err == 0)
		found->mappings--;
	return fake_ends(kernel, err, 0);
}
