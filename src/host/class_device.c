/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/class_device.h"
#include "host/root_file.h"

#define SUBSYSTEMS "/sys/class/nvme-subsystem"

/* The link's target, "../../devices/pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1". */
static ssize_t read_target(const struct host_root *root, const char *folder, const char *name,
			   char *buffer, size_t size)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return host_root_read_link(root, buffer, size, path);
}

/* The last PCI address in a target: what the device is directly behind. */
static bool nearest_function(char *target, struct pci_address *ret)
{
	bool found = false;
	char *part, *rest;

	for (part = strtok_r(target, "/", &rest); part; part = strtok_r(NULL, "/", &rest))
		found |= pci_address_parse_exact(part, ret) == 0;
	return found;
}

/* "nvme3": a controller, and neither a disk nor an attribute of the subsystem. */
static bool is_controller(const char *name)
{
	return strncmp(name, "nvme", 4) == 0 && isdigit((unsigned char)name[4]) &&
	       name[4 + strspn(name + 4, "0123456789")] == '\0';
}

/* The subsystem's folder links to every controller through which its disks can be reached. */
static int controllers_of(const struct host_root *root, const char *subsystem,
			  struct pci_address ret[CLASS_PARENTS_MAX])
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	char folder[NAME_MAX + sizeof(SUBSYSTEMS) + 2], target[PATH_MAX];
	const char *name;
	int count = 0;

	snprintf(folder, sizeof(folder), SUBSYSTEMS "/%s", subsystem);
	if (host_root_list(root, &dir, "%s", folder) < 0)
		return 0;
	while (count < CLASS_PARENTS_MAX && (name = host_dir_next(dir)))
		if (is_controller(name) &&
		    read_target(root, folder, name, target, sizeof(target)) > 0 &&
		    nearest_function(target, &ret[count]))
			count++;
	if (count > 1)
		qsort(ret, (size_t)count, sizeof(*ret), pci_address_compare);
	return count;
}

int class_device_parents(const struct host_root *root, const char *class_name, const char *name,
			 struct pci_address ret[CLASS_PARENTS_MAX])
{
	char folder[64], target[PATH_MAX], subsystem[NAME_MAX + 1];
	const char *part;

	snprintf(folder, sizeof(folder), "/sys/class/%s", class_name);
	if (read_target(root, folder, name, target, sizeof(target)) < 0)
		return -ENOENT;
	part = strstr(target, "/nvme-subsystem/");
	if (part && sscanf(part, "/nvme-subsystem/%255[^/]", subsystem) == 1)
		return controllers_of(root, subsystem, ret);
	return nearest_function(target, &ret[0]) ? 1 : 0;
}

bool name_list_has(const struct name_list *list, const char *name)
{
	for (size_t i = 0; i < list->n_names; i++)
		if (strcmp(list->names[i], name) == 0)
			return true;
	return false;
}

int name_list_add(struct name_list *list, const char *name)
{
	char **grown;

	if (name_list_has(list, name))
		return 0;
	grown = reallocarray(list->names, list->n_names + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->names = grown;
	grown[list->n_names] = strdup(name);
	if (!grown[list->n_names])
		return -ENOMEM;
	list->n_names++;
	return 1;
}

void name_list_release(struct name_list *list)
{
	for (size_t i = 0; i < list->n_names; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct name_list){0};
}

int links_marked(const struct host_root *root, const char *folder, const char *marker,
		 struct name_list *list)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	char target[PATH_MAX];
	const char *name;
	int r = host_root_list(root, &dir, "%s", folder);

	if (r < 0)
		return r;
	while ((name = host_dir_next(dir))) {
		if (read_target(root, folder, name, target, sizeof(target)) < 0 ||
		    !strstr(target, marker))
			continue;
		r = name_list_add(list, name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Whether one of the subsystem's controllers is below the function. */
static bool is_subsystem_below(const struct host_root *root, const char *subsystem,
			       const char *marker)
{
	struct name_list controllers = {0};
	char folder[NAME_MAX + sizeof(SUBSYSTEMS) + 2];
	bool found = false;

	snprintf(folder, sizeof(folder), SUBSYSTEMS "/%s", subsystem);
	links_marked(root, folder, marker, &controllers);
	for (size_t i = 0; i < controllers.n_names; i++)
		found |= is_controller(controllers.names[i]);
	name_list_release(&controllers);
	return found;
}

/* Multipath disks are below their subsystem, which is below no function. */
static int add_multipath(const struct host_root *root, const char *marker, struct name_list *list)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;
	int r = host_root_list(root, &dir, SUBSYSTEMS);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while ((name = host_dir_next(dir))) {
		char subsystem[NAME_MAX + 3];

		if (!is_subsystem_below(root, name, marker))
			continue;
		snprintf(subsystem, sizeof(subsystem), "/%s/", name);
		r = links_marked(root, "/sys/class/block", subsystem, list);
		if (r < 0)
			return r;
	}
	return 0;
}

int class_devices_marked(const struct host_root *root, const char *class_name, const char *marker,
			 struct name_list *list)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/sys/class/%s", class_name);
	return links_marked(root, folder, marker, list);
}

int class_devices_below(const struct host_root *root, const char *class_name,
			const struct pci_address *address, struct name_list *list)
{
	char marker[PCI_ADDRESS_SIZE + 2], name[PCI_ADDRESS_SIZE];
	int r;

	snprintf(marker, sizeof(marker), "/%s/", pci_address_format(address, name));
	r = class_devices_marked(root, class_name, marker, list);
	if (r == 0 && strcmp(class_name, "block") == 0)
		r = add_multipath(root, marker, list);
	return r;
}
