/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes a tree of N synthetic PCI functions below FOLDER, in the shape of sysfs: one
 *group per two functions, every eighth function unbound, the others on "nvme" or
 *"e1000e", none of them on VFIO. Fast enough for thousands.
 *
 *	tree FOLDER N
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUNCTIONS_MOST 65536

static void fail(const char *path)
{
	fprintf(stderr, "tree: %s: %s\n", path, strerror(errno));
	exit(EXIT_FAILURE);
}

/* mkdir -p for the path that @format prints. */
static void __attribute__((format(printf, 1, 2))) make_folder(const char *format, ...)
{
	char path[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			fail(path);
		*slash = '/';
	}
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		fail(path);
}

static void __attribute__((format(printf, 2, 3)))
make_link(const char *target, const char *format, ...)
{
	char path[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (symlink(target, path) < 0)
		fail(path);
}

static void write_modalias(const char *folder)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/modalias", folder);
	file = fopen(path, "w");
	if (!file)
		fail(path);
	fputs("pci:v00008086d000010D3sv00008086sd00000000bc02sc00i00\n", file);
	if (fclose(file) != 0)
		fail(path);
}

static void make_device(const char *root, unsigned number)
{
	unsigned domain = number >> 13, bus = number >> 8 & 0x1f;
	unsigned slot = number >> 3 & 0x1f, function = number & 7;
	const char *driver = number % 8 == 7 ? NULL : number % 2 ? "nvme" : "e1000e";
	char address[32], folder[2048], target[256];

	snprintf(address, sizeof(address), "%04x:%02x:%02x.%x", domain, bus, slot, function);
	snprintf(folder, sizeof(folder), "%s/sys/devices/pci%04x:%02x/%s", root, domain, bus,
		 address);
	make_folder("%s", folder);
	write_modalias(folder);
	if (driver) {
		snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
		make_link(target, "%s/driver", folder);
	}
	snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%u", number / 2);
	make_link(target, "%s/iommu_group", folder);
	make_folder("%s/sys/kernel/iommu_groups/%u/devices", root, number / 2);
	snprintf(target, sizeof(target), "../../../../devices/pci%04x:%02x/%s", domain, bus,
		 address);
	make_link(target, "%s/sys/kernel/iommu_groups/%u/devices/%s", root, number / 2, address);
	snprintf(target, sizeof(target), "../../../devices/pci%04x:%02x/%s", domain, bus, address);
	make_link(target, "%s/sys/bus/pci/devices/%s", root, address);
}

int main(int argc, char **argv)
{
	unsigned long n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (n == 0 || n > FUNCTIONS_MOST) {
		fprintf(stderr, "usage: tree FOLDER N, N from 1 to %d\n", FUNCTIONS_MOST);
		return 2;
	}
	make_folder("%s/sys/bus/pci/devices", argv[1]);
	make_folder("%s/sys/bus/pci/drivers/nvme", argv[1]);
	make_folder("%s/sys/bus/pci/drivers/e1000e", argv[1]);
	make_folder("%s/sys/class/iommu", argv[1]);
	for (unsigned long i = 0; i < n; i++)
		make_device(argv[1], (unsigned)i);
	return EXIT_SUCCESS;
}
