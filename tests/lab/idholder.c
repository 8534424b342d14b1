// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * idholder ADDRESS: use up the domain ids of the IOMMU of a device, as a host full of virtual
 * machines would.
 *
 * The device must be on vfio-pci already. Allocates domains through iommufd until the kernel
 * refuses one, prints "holding PID, N domains, ERRNO" and sleeps until it is killed. Ends with
 * an error where memory ran short, since that shows nothing about ids.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "cdev.h"

/* One address space for all domains makes every allocation slower than the one before. */
#define DOMAINS_PER_IOAS 64
#define MEMORY_LEFT (512ULL << 20)

/* include/uapi/linux/iommufd.h of 7.3; Debian 12 does not have it. */
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

#define IOAS_ALLOC _IO(';', 0x81)
#define HWPT_ALLOC _IO(';', 0x89)

static int die(const char *what)
{
	fprintf(stderr, "idholder: %s: %s\n", what, strerror(errno));
	return 1;
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
