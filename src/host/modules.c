/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/module_files.h"
#include "host/modules.h"
#include "host/root_file.h"

/* modules.dep of a distribution is about a megabyte. */
#define INDEX_LIMIT (64 << 20)

static char unified(char c)
{
	return c == '-' ? '_' : c;
}

bool module_name_equal(const char *a, const char *b)
{
	for (; *a && unified(*a) == unified(*b); a++, b++)
		;
	return *a == '\0' && *b == '\0';
}

bool module_path_is(const char *path, const char *name)
{
	size_t length = strcspn(path, ": \t\r\n"), wanted = strlen(name);

	for (size_t i = length; i-- > 0;) {
		if (path[i] == '/') {
			path += i + 1;
			length -= i + 1;
			break;
		}
	}
	if (length < wanted + 3 || strncmp(path + wanted, ".ko", 3) != 0)
		return false;
	for (size_t i = 0; i < wanted; i++)
		if (unified(path[i]) != unified(name[i]))
			return false;
	/* .ko, .ko.gz, .ko.xz, .ko.zst */
	return length == wanted + 3 || path[wanted + 3] == '.';
}

int module_folder(const struct host_root *root, const char *release, char *buffer, size_t size)
{
	static const char *const folders[] = {"/lib/modules", "/usr/lib/modules"};
	int r = 0;

	if (!release || strchr(release, '/'))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
		if (snprintf(buffer, size, "%s/%s", folders[i], release) >= (int)size)
			return -ENAMETOOLONG;
		r = host_root_exists(root, "%s", buffer);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return -ENOENT;
}

/* Finds the line of @name in the index @file: its copy in *@ret (NULL: not there). */
static int find_line(const struct host_root *root, const char *folder, const char *file,
		     const char *name, char **ret)
{
	AUTO_FREE char *text = NULL;
	char path[PATH_MAX], *cursor, *line;
	int r;

	*ret = NULL;
	if (snprintf(path, sizeof(path), "%s/%s", folder, file) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = host_root_read_all(root, path, INDEX_LIMIT, &text, NULL);
	if (r < 0)
		return r;
	cursor = text;
	while ((line = host_next_line(&cursor))) {
		if (!module_path_is(line, name))
			continue;
		*ret = strdup(line);
		return *ret ? 0 : -ENOMEM;
	}
	return 0;
}

/* Whether the file that an index names is there: 1, 0, or a negative errno. */
static int file_is_there(const struct host_root *root, const char *folder, const char *line)
{
	int length = (int)strcspn(line, ": \t");

	if (line[0] == '/')
		return host_root_exists(root, "%.*s", length, line);
	return host_root_exists(root, "%s/%.*s", folder, length, line);
}

/*
 * Without modules.builtin: what always shows when it is built in. Each of these has parameters
 * in every kernel since 5.10, and so a folder in /sys/module; vfio registers classes.
 */
static bool cannot_be_builtin(const struct host_root *root, const char *name)
{
	if (module_name_equal(name, "vfio"))
		return host_root_exists(root, "/sys/class/vfio") == 0 &&
		       host_root_exists(root, "/sys/class/vfio-dev") == 0 &&
		       host_root_exists(root, "/sys/class") == 1;
	return (module_name_equal(name, "vfio_pci") ||
		module_name_equal(name, "vfio_iommu_type1") ||
		module_name_equal(name, "iommufd")) &&
	       host_root_exists(root, "/sys/module") == 1;
}

/* The folder in /sys/module is spelt with underscores. */
static void sysfs_name(const char *name, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s", name);
	for (; *buffer; buffer++)
		*buffer = unified(*buffer);
}

/* "kernel/drivers/vfio/vfio.ko.xz": the module's name, as a folder in /sys/module. */
static void name_of_path(const char *path, char *buffer, size_t size)
{
	const char *name = strrchr(path, '/');

	sysfs_name(name ? name + 1 : path, buffer, size);
	buffer[strcspn(buffer, ".")] = '\0';
}

/* What modprobe makes of module @name, whose file the index line at @path names. */
static enum module_state state_of_file(const struct host_root *root, const char *folder,
				       const char *path, const char *name)
{
	int r = file_is_there(root, folder, path);

	if (r > 0)
		r = module_is_blocked(root, name);
	else if (r == 0)
		return MODULE_MISSING;
	if (r < 0)
		return MODULE_UNKNOWN;
	return r ? MODULE_BLOCKED : MODULE_LOADABLE;
}

/* A module comes only with those that it depends on: the words behind the colon. */
static enum module_state state_with_dependencies(const struct host_root *root, const char *folder,
						 char *line, const char *name)
{
	enum module_state state = state_of_file(root, folder, line, name);
	char *cursor = strchr(line, ':'), *path;

	if (cursor)
		cursor++;
	while (state == MODULE_LOADABLE && cursor && (path = host_next_word(&cursor))) {
		char dependency[NAME_MAX + 1];

		name_of_path(path, dependency, sizeof(dependency));
		if (host_root_exists(root, "/sys/module/%s", dependency) != 1)
			state = state_of_file(root, folder, path, dependency);
	}
	return state;
}

static enum module_state state_on_disk(const struct host_root *root, const char *folder,
				       const char *name, bool builtin_known)
{
	AUTO_FREE char *line = NULL;
	enum module_state state = MODULE_MISSING;
	int r = find_line(root, folder, "modules.dep", name, &line);

	if (r < 0)
		return MODULE_UNKNOWN;
	if (line)
		state = state_with_dependencies(root, folder, line, name);
	if (state == MODULE_MISSING && !builtin_known && !cannot_be_builtin(root, name))
		return MODULE_UNKNOWN;
	return state;
}

enum module_state host_module_state(const struct host_root *root, const char *release,
				    const char *name)
{
	AUTO_FREE char *builtin = NULL;
	char folder[PATH_MAX], loaded[NAME_MAX + 1];
	int r, there;

	sysfs_name(name, loaded, sizeof(loaded));
	/* Only what was loaded has a state. */
	if (host_root_exists(root, "/sys/module/%s/initstate", loaded) == 1)
		return MODULE_LOADED;
	there = host_root_exists(root, "/sys/module/%s", loaded);
	if (there == 1 && root->live)
		return MODULE_BUILTIN;
	r = module_folder(root, release, folder, sizeof(folder));
	if (r < 0 && there == 1)
		return MODULE_LOADED;
	if (r < 0) {
		/* A kernel that cannot load modules at all has no /proc/modules. */
		if (r == -ENOENT && root->live && host_root_exists(root, "/proc/modules") == 0 &&
		    cannot_be_builtin(root, name))
			return MODULE_MISSING;
		return MODULE_UNKNOWN;
	}
	r = find_line(root, folder, "modules.builtin", name, &builtin);
	if (builtin)
		return MODULE_BUILTIN;
	if (there == 1)
		return MODULE_LOADED;
	return state_on_disk(root, folder, name, r == 0);
}
