/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The least that a listing of PCI functions can cost: a readdir, and for each function
 *the two links (driver, group) and one small file. `list --no-names` is measured beside
 *it.
 *
 *	floor [ROOT]
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t read_link(int dirfd, const char *device, const char *name)
{
	char path[320], target[512];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s", device, name);
	length = readlinkat(dirfd, path, target, sizeof(target));
	return length > 0 ? (size_t)length : 0;
}

static size_t read_small(int dirfd, const char *device)
{
	char path[320], text[4096];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%s/modalias", device);
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, text, sizeof(text));
	close(fd);
	return length > 0 ? (size_t)length : 0;
}

int main(int argc, char **argv)
{
	char path[4096];
	size_t bytes = 0, devices = 0;
	const struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices", argc > 1 ? argv[1] : "");
	folder = opendir(path);
	if (!folder) {
		perror(path);
		return EXIT_FAILURE;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		devices++;
		bytes += read_link(dirfd(folder), entry->d_name, "driver");
		bytes += read_link(dirfd(folder), entry->d_name, "iommu_group");
		bytes += read_small(dirfd(folder), entry->d_name);
	}
	closedir(folder);
	printf("%zu devices, %zu bytes\n", devices, bytes);
	return EXIT_SUCCESS;
}
