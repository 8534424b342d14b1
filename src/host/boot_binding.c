/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/boot_binding.h"
#include "host/fact.h"
#include "host/module_files.h"
#include "host/root_file.h"

#define COMMAND_LINE "the kernel command line"
#define COMMAND_LINE_LIMIT (1 << 16)
#define DRIVERCTL "/etc/driverctl.d"
#define VFIO_PCI "vfio-pci"

/* Appends one with copies of the strings; returns it, or NULL without memory. */
static struct boot_binding *add(struct boot_binding_list *list, enum boot_binding_kind kind,
				const char *where, const char *what)
{
	struct boot_binding *grown =
		reallocarray(list->bindings, list->n_bindings + 1, sizeof(*grown));
	struct boot_binding *binding;

	if (!grown)
		return NULL;
	list->bindings = grown;
	binding = &grown[list->n_bindings];
	*binding =
		(struct boot_binding){.kind = kind, .where = strdup(where), .what = strdup(what)};
	list->n_bindings++;
	return binding->where && binding->what ? binding : NULL;
}

/* The next part of "vendor:device[:subvendor[:subdevice[:class[:mask]]]]"; any where it is left out
 * (vfio_pci_fill_ids() in drivers/vfio/pci/vfio_pci.c). */
static bool take_part(char **cursor, uint32_t *ret)
{
	char *part = strsep(cursor, ":");
	uint64_t number;

	*ret = PCI_ID_ANY;
	if (!part || !*part)
		return part != NULL;
	if (!number_parse(part, 16, &number) || number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static int add_id(struct boot_binding_list *list, const char *where, const char *id)
{
	AUTO_FREE char *copy = strdup(id);
	uint32_t vendor, device, subvendor, subdevice;
	struct boot_binding *binding;
	char *cursor = copy;

	if (!copy)
		return -ENOMEM;
	if (!take_part(&cursor, &vendor) || !take_part(&cursor, &device))
		return 0;
	if (!take_part(&cursor, &subvendor))
		subvendor = PCI_ID_ANY;
	if (!take_part(&cursor, &subdevice))
		subdevice = PCI_ID_ANY;
	binding = add(list, BOOT_IDS, where, id);
	if (!binding)
		return -ENOMEM;
	binding->vendor = vendor;
	binding->device = device;
	binding->subvendor = subvendor;
	binding->subdevice = subdevice;
	return 0;
}

static int add_ids(struct boot_binding_list *list, const char *where, char *ids)
{
	char *rest = NULL;
	int r = 0;

	for (char *id = strtok_r(ids, ",", &rest); r == 0 && id; id = strtok_r(NULL, ",", &rest))
		r = add_id(list, where, id);
	return r;
}

/* What follows "NAME=" in @word, where - and _ are the same; NULL where it is another. */
static char *value_of(char *word, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++)
		if (word[i] != name[i] && !(name[i] == '_' && word[i] == '-'))
			return NULL;
	return word[length] == '=' ? word + length + 1 : NULL;
}

static int read_command_line(const struct host_root *root, struct boot_binding_list *list)
{
	AUTO_FREE char *text = NULL;
	char *cursor, *word;
	int r = host_root_read_all(root, "/proc/cmdline", COMMAND_LINE_LIMIT, &text, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	r = 0;
	while (r == 0 && (word = host_next_word(&cursor))) {
		char *ids = value_of(word, "vfio_pci.ids"), *rest = NULL, *modules;

		if (ids)
			r = add_ids(list, COMMAND_LINE, ids);
		modules = value_of(word, "modprobe.blacklist");
		if (!modules)
			continue;
		for (char *name = strtok_r(modules, ",", &rest); r == 0 && name;
		     name = strtok_r(NULL, ",", &rest))
			r = add(list, BOOT_BLACKLIST, COMMAND_LINE, name) ? 0 : -ENOMEM;
	}
	return r;
}

/* "softdep MODULE pre: vfio-pci ...". */
static int read_softdep(struct boot_binding_list *list, const char *path, const char *module,
			char *line)
{
	bool before = false;
	char *word;

	while ((word = host_next_word(&line))) {
		if (strcmp(word, "pre:") == 0 || strcmp(word, "post:") == 0)
			before = word[1] == 'r';
		else if (before && module_name_equal(word, VFIO_PCI))
			return add(list, BOOT_SOFTDEP, path, module) ? 0 : -ENOMEM;
	}
	return 0;
}

static int read_line(void *data, const char *path, char *line)
{
	struct boot_binding_list *list = data;
	char *keyword = host_next_word(&line), *name = host_next_word(&line), *word;
	int r = 0;

	if (!keyword || !name)
		return 0;
	if (strcmp(keyword, "blacklist") == 0)
		return add(list, BOOT_BLACKLIST, path, name) ? 0 : -ENOMEM;
	if (strcmp(keyword, "softdep") == 0)
		return read_softdep(list, path, name, line);
	if (strcmp(keyword, "options") != 0 || !module_name_equal(name, VFIO_PCI))
		return 0;
	while (r == 0 && (word = host_next_word(&line))) {
		char *ids = value_of(word, "ids");

		if (ids)
			r = add_ids(list, path, ids);
	}
	return r;
}

/* "pci-0000:01:00.0", whose first line is the driver. */
static int read_override(const struct host_root *root, const char *name,
			 struct boot_binding_list *list)
{
	struct pci_address address;
	struct boot_binding *binding;
	char driver[128], path[64];

	if (strncmp(name, "pci-", 4) != 0 || pci_address_parse_exact(name + 4, &address) < 0 ||
	    host_root_read(root, driver, sizeof(driver), DRIVERCTL "/%s", name) <= 0)
		return 0;
	driver[strcspn(driver, "\n")] = '\0';
	snprintf(path, sizeof(path), DRIVERCTL "/%s", name);
	binding = add(list, BOOT_OVERRIDE, path, driver);
	if (!binding)
		return -ENOMEM;
	binding->address = address;
	return 0;
}

int host_boot_bindings_read(const struct host_root *root, struct boot_binding_list *ret)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	struct boot_binding_list list = {0};
	const char *name;
	int r = read_command_line(root, &list);

	if (r == 0)
		r = module_config_walk(root, read_line, &list);
	if (r == 0 && host_root_list(root, &dir, DRIVERCTL) == 0)
		while (r == 0 && (name = host_dir_next(dir)))
			r = read_override(root, name, &list);
	if (r < 0)
		boot_binding_list_release(&list);
	*ret = list;
	return r;
}

void boot_binding_list_release(struct boot_binding_list *list)
{
	for (size_t i = 0; i < list->n_bindings; i++) {
		free(list->bindings[i].where);
		free(list->bindings[i].what);
	}
	free(list->bindings);
	*list = (struct boot_binding_list){0};
}

/* "sv0000XXXX" and "sd0000XXXX" of a modalias. */
static bool modalias_part(const char *modalias, const char *key, uint64_t *ret)
{
	const char *at = strstr(modalias, key);
	char digits[9] = "";

	if (!at || strlen(at) < strlen(key) + 8)
		return false;
	memcpy(digits, at + strlen(key), 8);
	return number_parse(digits, 16, ret);
}

enum truth boot_binding_matches(const struct boot_binding *binding, const struct pci_device *device)
{
	uint64_t subvendor, subdevice;

	if (device->vendor.state != FACT_KNOWN || device->device.state != FACT_KNOWN)
		return TRUTH_UNKNOWN;
	if ((binding->vendor != PCI_ID_ANY && binding->vendor != device->vendor.number) ||
	    (binding->device != PCI_ID_ANY && binding->device != device->device.number))
		return TRUTH_NO;
	if (binding->subvendor == PCI_ID_ANY && binding->subdevice == PCI_ID_ANY)
		return TRUTH_YES;
	if (device->modalias.state != FACT_KNOWN ||
	    !modalias_part(device->modalias.text, "sv", &subvendor) ||
	    !modalias_part(device->modalias.text, "sd", &subdevice))
		return TRUTH_UNKNOWN;
	return truth_of((binding->subvendor == PCI_ID_ANY || binding->subvendor == subvendor) &&
			(binding->subdevice == PCI_ID_ANY || binding->subdevice == subdevice));
}
