// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * holder ADDRESS [--attach|--iommufd]: keep the VFIO group of a device open, as another
 * program would.
 *
 * The device must be on vfio-pci already. With --attach it goes on as a virtual
 * machine does: container, SET_IOMMU, device fd. With --iommufd it is such a machine on
 * the other path: it opens the device's own node and claims the device for an iommufd.
 * Prints "holding PID" and sleeps until it is killed.
 */
#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <unistd.h>

#include "cdev.h"

static int die(const char *what)
{
	fprintf(stderr, "holder: %s: %s\n", what, strerror(errno));
	return 1;
}

static int attach(int group, const char *addr)
{
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);

	if (container < 0)
		return die("/dev/vfio/vfio");
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0)
		return die("SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return die("SET_IOMMU");
	if (ioctl(group, VFIO_GROUP_GET_DEVICE_FD, addr) < 0)
		return die("GET_DEVICE_FD");
	return 0;
}

static int hold_group(const char *addr, bool attached)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;
	int group;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", addr);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return die(path);
	target[n] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%s", basename(target));
	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0)
		return die(path);
	return attached ? attach(group, addr) : 0;
}

static int hold_cdev(const char *addr)
{
	struct bind_iommufd bind = {.argsz = sizeof(bind)};
	int cdev = open_cdev(addr);

	if (cdev < 0)
		return die(addr);
	bind.iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (bind.iommufd < 0)
		return die("/dev/iommu");
	return ioctl(cdev, BIND_IOMMUFD, &bind) < 0 ? die("BIND_IOMMUFD") : 0;
}

int main(int argc, char **argv)
{
	bool attached = argc == 3 && strcmp(argv[2], "--attach") == 0;
	bool iommufd = argc == 3 && strcmp(argv[2], "--iommufd") == 0;

	if (argc < 2 || argc > 3 || (argc == 3 && !attached && !iommufd)) {
		fprintf(stderr, "usage: holder ADDRESS [--attach|--iommufd]\n");
		return 2;
	}
	if (iommufd ? hold_cdev(argv[1]) : hold_group(argv[1], attached))
		return 1;
	printf("holding %d\n", (int)getpid());
	fflush(stdout);
	for (;;)
		pause();
}
