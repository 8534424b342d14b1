/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LAB_CDEV_H
#define LAB_CDEV_H

/* Claiming a device through iommufd, for the programs that hold one; Debian 12 has no header. */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* include/uapi/linux/vfio.h of 7.3. */
struct bind_iommufd {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)

/* The device's own node, /dev/vfio/devices/vfioN; negative on error. */
static inline int open_cdev(const char *address)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *folder;
	int fd = -1;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", address);
	folder = opendir(path);
	if (!folder)
		return -1;
	while (fd < 0 && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "vfio", 4))
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	closedir(folder);
	return fd;
}

#endif
