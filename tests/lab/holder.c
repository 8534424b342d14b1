// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * holder ADDRESS [--attach|--iommufd|--greedy]: keep the VFIO group of a device open, as
 * another program would.
 *
 * The device must be on vfio-pci already. With --attach it goes on as a virtual
 * machine does: container, SET_IOMMU, device fd. With --iommufd it is such a machine on
 * the other path: it opens the device's own node and claims the device for an iommufd.
 * Prints "holding PID" and sleeps until it is killed. With --greedy it opens the group
 * whenever it can, for some milliseconds, and says at SIGTERM how often it had it.
 */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
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

/* The node of the group of ADDR, into PATH. */
static int find_group(const char *addr, char path[PATH_MAX])
{
	char target[PATH_MAX];
	ssize_t n;

	snprintf(path, PATH_MAX, "/sys/bus/pci/devices/%s/iommu_group", addr);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return die(path);
	target[n] = '\0';
	snprintf(path, PATH_MAX, "/dev/vfio/%s", basename(target));
	return 0;
}

static int hold_group(const char *addr, bool attached)
{
	char path[PATH_MAX];
	int group;

	if (find_group(addr, path))
		return 1;
	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0)
		return die(path);
	return attached ? attach(group, addr) : 0;
}

static volatile sig_atomic_t ended;

static void end(int number)
{
	ended = number;
}

static int be_greedy(const char *addr)
{
	unsigned long had = 0, busy = 0;
	char path[PATH_MAX];

	if (find_group(addr, path))
		return 1;
	signal(SIGTERM, end);
	while (!ended) {
		int group = open(path, O_RDWR | O_CLOEXEC);

		if (group >= 0)
			had++;
		else if (errno == EBUSY)
			busy++;
		usleep(3000);
		if (group >= 0)
			close(group);
		usleep(1000);
	}
	printf("it had the group %lu times, and found it taken %lu times\n", had, busy);
	return 0;
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

	if (argc == 3 && strcmp(argv[2], "--greedy") == 0)
		return be_greedy(argv[1]);
	if (argc < 2 || argc > 3 || (argc == 3 && !attached && !iommufd)) {
		fprintf(stderr, "usage: holder ADDRESS [--attach|--iommufd|--greedy]\n");
		return 2;
	}
	if (iommufd ? hold_cdev(argv[1]) : hold_group(argv[1], attached))
		return 1;
	printf("holding %d\n", (int)getpid());
	fflush(stdout);
	for (;;)
		pause();
}
