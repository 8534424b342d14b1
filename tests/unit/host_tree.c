/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/host_tree.h"

static void require(int condition, const char *what)
{
	if (condition)
		return;
	perror(what);
	abort();
}

void tree_open(struct host_root *root)
{
	char template[] = "/tmp/iommu-diag-tree-XXXXXX";

	require(mkdtemp(template) != NULL, "mkdtemp");
	require(host_root_open(template, root) == 0, "host_root_open");
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void tree_close(struct host_root *root)
{
	require(nftw(root->prefix, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0, "nftw");
	host_root_close(root);
}

static void full_path(const struct host_root *root, const char *path, char *buffer)
{
	require(snprintf(buffer, PATH_MAX, "%s%s", root->prefix, path) < PATH_MAX, path);
}

/* Makes the folders of @path up to its last slash. */
static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
}

void tree_write_bytes(const struct host_root *root, const char *path, const void *data, size_t size)
{
	char full[PATH_MAX];
	int fd;

	full_path(root, path, full);
	make_parents(full);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	require(fd >= 0, full);
	require(write(fd, data, size) == (ssize_t)size, full);
	close(fd);
}

void tree_write(const struct host_root *root, const char *path, const char *text)
{
	tree_write_bytes(root, path, text, strlen(text));
}

void tree_folder(const struct host_root *root, const char *path)
{
	char full[PATH_MAX];

	full_path(root, path, full);
	strncat(full, "/", PATH_MAX - strlen(full) - 1);
	make_parents(full);
}

void tree_link(const struct host_root *root, const char *path, const char *target)
{
	char full[PATH_MAX];

	full_path(root, path, full);
	make_parents(full);
	require(symlink(target, full) == 0, full);
}

void tree_add_function(const struct host_root *root, const struct tree_function *function)
{
	char folder[256], path[512], text[512];
	unsigned long class_code;

	snprintf(folder, sizeof(folder), "/sys/devices/%s/%s", function->parents,
		 function->address);
	snprintf(path, sizeof(path), "%s/modalias", folder);
	class_code = strtoul(function->class_code, NULL, 16);
	snprintf(text, sizeof(text), "pci:v0000%sd0000%ssv00001AF4sd00001100bc%02lXsc%02lXi%02lX\n",
		 function->vendor, function->device, class_code >> 16, class_code >> 8 & 0xff,
		 class_code & 0xff);
	tree_write(root, path, text);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", function->address);
	snprintf(text, sizeof(text), "../../../devices/%s/%s", function->parents,
		 function->address);
	tree_link(root, path, text);
	if (function->driver) {
		snprintf(path, sizeof(path), "%s/driver", folder);
		snprintf(text, sizeof(text), "../../../bus/pci/drivers/%s", function->driver);
		tree_link(root, path, text);
	}
	if (function->group < 0)
		return;
	snprintf(path, sizeof(path), "%s/iommu_group", folder);
	snprintf(text, sizeof(text), "../../../kernel/iommu_groups/%d", function->group);
	tree_link(root, path, text);
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/devices/%s", function->group,
		 function->address);
	snprintf(text, sizeof(text), "../../../../devices/%s/%s", function->parents,
		 function->address);
	tree_link(root, path, text);
}
