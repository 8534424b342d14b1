/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/module_files.h"
#include "host/modules.h"
#include "host/pci_attribute.h"
#include "host/root_file.h"

#define INDEX_LIMIT (64 << 20)
#define MODALIAS_SIZE 160
#define GENERIC_MODULE "vfio_pci"
#define GENERIC_DRIVER "vfio-pci"

/* The best match so far. */
struct best {
	const char *kind; /* "vfio_pci:", "pci:" */
	const char *modalias;
	char *module; /* NULL: none yet */
	size_t wildcards;
};

static size_t count_wildcards(const char *pattern)
{
	size_t count = 0;

	for (; *pattern; pattern++)
		count += *pattern == '*';
	return count;
}

/* The name becomes part of a path below /sys/module. */
static bool is_module_name(const char *name)
{
	return *name != '\0' && *name != '.' && !strchr(name, '/');
}

/* The pattern with the fewest wildcards is the most specific one, as libvirt has it. */
static int take_alias(struct best *best, const char *pattern, const char *module)
{
	size_t wildcards = count_wildcards(pattern);
	char *copy;

	if (!is_module_name(module) || (best->module && wildcards >= best->wildcards))
		return 0;
	if (fnmatch(pattern, best->modalias, 0) != 0)
		return 0;
	copy = strdup(module);
	if (!copy)
		return -ENOMEM;
	free(best->module);
	best->module = copy;
	best->wildcards = wildcards;
	return 0;
}

static int read_index(const struct host_root *root, const char *folder, const char *file,
		      char **ret, size_t *ret_size)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, file) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return host_root_read_all(root, path, INDEX_LIMIT, ret, ret_size);
}

/* "alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci" */
static int read_aliases(const struct host_root *root, const char *folder, struct best *best)
{
	AUTO_FREE char *text = NULL;
	char *cursor, *line;
	int r = read_index(root, folder, "modules.alias", &text, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	while ((line = host_next_line(&cursor))) {
		char *pattern, *module;

		if (strncmp(line, "alias ", strlen("alias ")) != 0)
			continue;
		line += strlen("alias ");
		if (strncmp(line, best->kind, strlen(best->kind)) != 0)
			continue;
		pattern = host_next_word(&line);
		module = host_next_word(&line);
		r = pattern && module ? take_alias(best, pattern, module) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* "vfio_pci.alias=vfio_pci:v*d*sv*sd*bc*sc*i*", each ended by a zero byte. */
static int read_builtin_aliases(const struct host_root *root, const char *folder, struct best *best)
{
	AUTO_FREE char *data = NULL;
	char key[32];
	size_t size;
	int r;

	snprintf(key, sizeof(key), ".alias=%s", best->kind);
	r = read_index(root, folder, "modules.builtin.modinfo", &data, &size);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (char *entry = data; entry < data + size; entry += strlen(entry) + 1) {
		char *found = strstr(entry, key);
		char *pattern;

		if (!found || memchr(entry, '=', (size_t)(found - entry)))
			continue;
		pattern = found + strlen(".alias=");
		*found = '\0';
		r = take_alias(best, pattern, entry);
		if (r < 0)
			return r;
		/* What follows in this entry was read already. */
		entry = pattern;
	}
	return 0;
}

/*
 * "pci:v00001B36d...", behind @prefix: modules.alias spells it "vfio_pci:v00001B36d..." for
 * VFIO.
 */
static int read_modalias(const struct host_root *root, const struct pci_device *device,
			 const char *prefix, char *buffer, size_t size)
{
	char name[PCI_ADDRESS_SIZE], read[MODALIAS_SIZE];
	const char *modalias = device->modalias.text;

	if (device->modalias.state != FACT_KNOWN) {
		if (host_root_read(root, read, sizeof(read), PCI_DEVICES "/%s/modalias",
				   pci_address_format(&device->address, name)) < 0)
			return -ENOENT;
		modalias = read;
	}
	if (strncmp(modalias, "pci:", strlen("pci:")) != 0 ||
	    snprintf(buffer, size, "%s%s", prefix, modalias) >= (int)size)
		return -ENOENT;
	return 0;
}

/* *ret stays NULL where no alias fits. */
static int find_alias(const struct host_root *root, const char *release,
		      const struct pci_device *device, const char *prefix, char **ret)
{
	char modalias[MODALIAS_SIZE], folder[PATH_MAX], kind[16];
	struct best best = {.kind = kind, .modalias = modalias};
	int r = 0;

	*ret = NULL;
	snprintf(kind, sizeof(kind), "%spci:", prefix);
	if (read_modalias(root, device, prefix, modalias, sizeof(modalias)) < 0 ||
	    module_folder(root, release, folder, sizeof(folder)) < 0)
		return 0;
	r = read_aliases(root, folder, &best);
	if (r == 0)
		r = read_builtin_aliases(root, folder, &best);
	if (r < 0) {
		free(best.module);
		return r;
	}
	*ret = best.module;
	return 0;
}

static int find_module(const struct host_root *root, const char *release,
		       const struct pci_device *device, char **ret)
{
	int r = find_alias(root, release, device, "vfio_", ret);

	if (r < 0 || *ret)
		return r;
	*ret = strdup(GENERIC_MODULE);
	return *ret ? 0 : -ENOMEM;
}

int host_module_host_driver(const struct host_root *root, const char *release,
			    const struct pci_device *device, char **ret)
{
	return find_alias(root, release, device, "", ret);
}

/*
 * The driver that the module has registered: /sys/module/NAME/drivers/pci:DRIVER. Only the
 * generic one's name is known before it is loaded; the others spell theirs in two ways.
 */
int host_module_registered_driver(const struct host_root *root, const char *module, char **ret)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;

	*ret = NULL;
	if (host_root_list(root, &dir, "/sys/module/%s/drivers", module) == 0) {
		while ((name = host_dir_next(dir))) {
			if (strncmp(name, "pci:", strlen("pci:")) != 0)
				continue;
			*ret = strdup(name + strlen("pci:"));
			return *ret ? 0 : -ENOMEM;
		}
	}
	if (!module_name_equal(module, GENERIC_MODULE))
		return 0;
	*ret = strdup(GENERIC_DRIVER);
	return *ret ? 0 : -ENOMEM;
}

int host_module_vfio_driver(const struct host_root *root, const char *release,
			    const struct pci_device *device, char **ret_module, char **ret_driver)
{
	AUTO_FREE char *module = NULL;
	int r = find_module(root, release, device, &module);

	if (r == 0)
		r = host_module_registered_driver(root, module, ret_driver);
	if (r < 0)
		return r;
	*ret_module = module;
	module = NULL;
	return 0;
}
