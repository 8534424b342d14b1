// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * oracle [-i IOVA] ADDRESS [ALSO...]: what does the kernel answer to each step of a type1 trial?
 *
 * Independent of the project's code, on purpose: it judges machines, force module and
 * scenarios. Binds ADDRESS (and ALSO, as one set) to vfio-pci, prints "step errno" for
 * each step, 0 for success, stops after the first failure but for group.get_status and
 * check_extension, whose value it prints too, and brings drivers and overrides back.
 * Exit: 0 when everything could be put back, 1 when not, 2 usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX 8

struct dev {
	const char *addr;
	char driver[128];
	char override[128];
	int touched;
};

static struct dev devs[MAX];
static int ndevs;
static unsigned long long iova = 0x100000; /* where the page is mapped */

static int say(const char *step, int r)
{
	printf("%s %s\n", step, r < 0 ? strerrorname_np(errno) : "0");
	fflush(stdout);
	return r;
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int e;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	e = errno;
	close(fd);
	errno = e;
	return n < 0 ? -1 : 0;
}

static int link_name(const char *addr, const char *which, char *out, size_t len)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", addr, which);
	n = readlink(path, target, sizeof(target) - 1);
	out[0] = '\0';
	if (n < 0)
		return -1;
	target[n] = '\0';
	snprintf(out, len, "%s", basename(target));
	return 0;
}

static void read_override(const char *addr, char *out, size_t len)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", addr);
	out[0] = '\0';
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(out, len, f) || !strncmp(out, "(null)", 6))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(f);
}

static int dev_put(const char *addr, const char *knob, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", addr, knob);
	return put(path, text);
}

static int drv_put(const char *driver, const char *knob, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/%s", driver, knob);
	return put(path, text);
}

static int take(struct dev *d)
{
	link_name(d->addr, "driver", d->driver, sizeof(d->driver));
	read_override(d->addr, d->override, sizeof(d->override));
	d->touched = 1;
	if (say("sysfs.driver_override", dev_put(d->addr, "driver_override", "vfio-pci\n")) < 0)
		return -1;
	if (d->driver[0] && say("sysfs.unbind", drv_put(d->driver, "unbind", d->addr)) < 0)
		return -1;
	return say("sysfs.bind", drv_put("vfio-pci", "bind", d->addr));
}

static int give_back(struct dev *d)
{
	char now[128], text[130];

	if (!d->touched)
		return 0;
	link_name(d->addr, "driver", now, sizeof(now));
	if (now[0] && strcmp(now, d->driver))
		drv_put(now, "unbind", d->addr);
	dev_put(d->addr, "driver_override", "\n");
	if (d->driver[0] && strcmp(now, d->driver))
		drv_put(d->driver, "bind", d->addr);
	snprintf(text, sizeof(text), "%s\n", d->override);
	dev_put(d->addr, "driver_override", text);
	link_name(d->addr, "driver", now, sizeof(now));
	if (strcmp(now, d->driver)) {
		printf("restore %s: driver %s, not %s\n", d->addr, now, d->driver);
		return -1;
	}
	return 0;
}

static int map_page(int container)
{
	struct vfio_iommu_type1_dma_map map = {.argsz = sizeof(map)};
	struct vfio_iommu_type1_dma_unmap unmap = {.argsz = sizeof(unmap)};
	void *page;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -1;
	map.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	map.vaddr = (unsigned long)page;
	map.iova = iova;
	map.size = 4096;
	if (say("container.map_dma", ioctl(container, VFIO_IOMMU_MAP_DMA, &map)) < 0)
		return -1;
	unmap.iova = map.iova;
	unmap.size = map.size;
	return say("container.unmap_dma", ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap));
}

static int open_device(int container, int group, const char *addr)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	int dev, r;

	dev = say("group.get_device_fd", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, addr));
	if (dev < 0)
		return -1;
	r = say("device.get_info", ioctl(dev, VFIO_DEVICE_GET_INFO, &info));
	if (r == 0) {
		printf("regions %u irqs %u\n", info.num_regions, info.num_irqs);
		r = map_page(container);
	}
	close(dev);
	return r;
}

static int attach(const char *addr)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	char number[32], path[64];
	int container, group, r = -1;

	container = say("container.open", open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
	if (container < 0)
		return -1;
	link_name(addr, "iommu_group", number, sizeof(number));
	snprintf(path, sizeof(path), "/dev/vfio/%s", number);
	group = say("group.open", open(path, O_RDWR | O_CLOEXEC));
	if (group < 0)
		goto out;
	if (say("group.get_status", ioctl(group, VFIO_GROUP_GET_STATUS, &status)) < 0)
		goto out;
	printf("viable %d\n", !!(status.flags & VFIO_GROUP_FLAGS_VIABLE));
	if (say("group.set_container", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)) < 0)
		goto out;
	r = ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU);
	say("container.check_extension", r < 0 ? r : 0);
	printf("type1v2 %d\n", r);
	r = say("container.set_iommu", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
	if (r == 0)
		r = open_device(container, group, addr);
out:
	if (group >= 0)
		close(group);
	close(container);
	return r;
}

int main(int argc, char **argv)
{
	int i, r = 0;

	if (argc > 2 && strcmp(argv[1], "-i") == 0) {
		iova = strtoull(argv[2], NULL, 0);
		argc -= 2;
		argv += 2;
	}
	if (argc < 2 || argc - 1 > MAX) {
		fprintf(stderr, "usage: oracle [-i IOVA] ADDRESS [ALSO...]\n");
		return 2;
	}
	ndevs = argc - 1;
	for (i = 0; i < ndevs; i++)
		devs[i].addr = argv[i + 1];
	for (i = ndevs - 1; i >= 0 && r == 0; i--)
		r = take(&devs[i]);
	if (r == 0)
		attach(devs[0].addr);
	for (r = 0, i = 0; i < ndevs; i++)
		r |= give_back(&devs[i]);
	return r ? 1 : 0;
}
