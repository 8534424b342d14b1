/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/cleanup.h"
#include "vfio/linux_reset.h"

/* A bus has 256 functions; more are below its bridges. */
#define AFFECTED_MAX 4096

static struct pci_address address_of(const struct vfio_pci_dependent_device *device)
{
	return (struct pci_address){
		.domain = device->segment,
		.bus = device->bus,
		.slot = device->devfn >> 3,
		.function = device->devfn & 7,
	};
}

/* Asked first without room: ENOSPC is how the kernel says how much it wants. */
static int read_info(int device_fd, struct vfio_pci_hot_reset_info **ret)
{
	struct vfio_pci_hot_reset_info probe = {.argsz = sizeof(probe)}, *info;
	size_t size;

	*ret = NULL;
	if (ioctl(device_fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &probe) < 0 && errno != ENOSPC)
		return errno;
	if (probe.count > AFFECTED_MAX)
		return ENOSPC;
	size = sizeof(*info) + probe.count * sizeof(info->devices[0]);
	info = calloc(1, size);
	if (!info)
		return ENOMEM;
	info->argsz = (__u32)size;
	if (ioctl(device_fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info) < 0) {
		int err = errno;

		free(info);
		return err;
	}
	if (info->count > probe.count)
		info->count = probe.count;
	*ret = info;
	return 0;
}

struct vfio_hot_reset_answer linux_get_hot_reset_info(void *kernel, int device_fd)
{
	AUTO_FREE struct vfio_pci_hot_reset_info *info = NULL;
	struct vfio_hot_reset_answer answer = {.err = read_info(device_fd, &info)};

	(void)kernel;
	if (answer.err != 0)
		return answer;
	answer.affected = calloc(info->count ? info->count : 1, sizeof(*answer.affected));
	if (!answer.affected) {
		answer.err = ENOMEM;
		return answer;
	}
	for (__u32 i = 0; i < info->count; i++)
		answer.affected[answer.n_affected++] = address_of(&info->devices[i]);
	return answer;
}
