// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * holder ADDRESS [--attach]: keep the VFIO group of a device open, as another program
 * would.
 *
 * The device must be on vfio-pci already. With --attach it goes on as a virtual
 * machine does: container, SET_IOMMU, device fd. Prints "holding PID" and sleeps until
 * it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

int main(int argc, char **argv)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;
	int group;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "--attach"))) {
		fprintf(stderr, "usage: holder ADDRESS [--attach]\n");
		return 2;
	}
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", argv[1]);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return die(path);
	target[n] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%s", basename(target));
	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0)
		return die(path);
	if (argc == 3 && attach(group, argv[1]))
		return 1;
	printf("holding %d\n", (int)getpid());
	fflush(stdout);
	for (;;)
		pause();
}
