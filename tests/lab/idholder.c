// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * idholder ADDRESS: use up the domain ids of the IOMMU of a device, as a host full of virtual
 * machines would.
 *
 * The device must be on vfio-pci already. Allocates domains through iommufd until the kernel
 * refuses one, prints "holding PID, N domains, ERRNO" and sleeps until it is killed. Ends with
 * an error where memory ran short, since that shows nothing about ids.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* One address space for all domains makes every allocation slower than the one before. */
#define DOMAINS_PER_IOAS 64
#define MEMORY_LEFT (512ULL << 20)

/* include/uapi/linux/iommufd.h and vfio.h of 7.3; Debian 12's headers have neither. */
struct bind_iommufd {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

struct ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t out_ioas_id;
};

struct hwpt_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t pt_id;
	uint32_t out_hwpt_id;
	uint32_t reserved;
	uint32_t data_type;
	uint32_t data_len;
	uint64_t data_uptr;
	uint32_t fault_id;
	uint32_t reserved2;
};

#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define IOAS_ALLOC _IO(';', 0x81)
#define HWPT_ALLOC _IO(';', 0x89)

static int die(const char *what)
{
	fprintf(stderr, "idholder: %s: %s\n", what, strerror(errno));
	return 1;
}

/* The device's own node, /dev/vfio/devices/vfioN; negative on error. */
static int open_cdev(const char *address)
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

/* Allocates domains until the kernel refuses; returns how many, errno says why. */
static unsigned int use_up(int iommufd, uint32_t device)
{
	struct ioas_alloc ioas = {.size = sizeof(ioas)};
	unsigned int n;

	for (n = 0;; n++) {
		struct hwpt_alloc domain = {.size = sizeof(domain), .dev_id = device};

		if (n % DOMAINS_PER_IOAS == 0 && ioctl(iommufd, IOAS_ALLOC, &ioas) < 0)
			return n;
		domain.pt_id = ioas.out_ioas_id;
		if (ioctl(iommufd, HWPT_ALLOC, &domain) < 0)
			return n;
	}
}

int main(int argc, char **argv)
{
	struct bind_iommufd bind = {.argsz = sizeof(bind)};
	struct sysinfo info;
	unsigned int n;
	int cdev, err;

	if (argc != 2) {
		fprintf(stderr, "usage: idholder ADDRESS\n");
		return 2;
	}
	cdev = open_cdev(argv[1]);
	if (cdev < 0)
		return die(argv[1]);
	bind.iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (bind.iommufd < 0)
		return die("/dev/iommu");
	if (ioctl(cdev, BIND_IOMMUFD, &bind) < 0)
		return die("BIND_IOMMUFD");
	n = use_up(bind.iommufd, bind.out_devid);
	err = errno;
	if (sysinfo(&info) < 0)
		return die("sysinfo");
	if ((uint64_t)info.freeram * info.mem_unit < MEMORY_LEFT) {
		fprintf(stderr, "idholder: memory ran short after %u domains\n", n);
		return 1;
	}
	printf("holding %d, %u domains, %s\n", (int)getpid(), n, strerror(err));
	fflush(stdout);
	for (;;)
		pause();
}
