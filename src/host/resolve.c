/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/class_device.h"
#include "host/fact.h"
#include "host/group.h"
#include "host/resolve.h"

static int complain(int r, char **ret_problem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int complain(int r, char **ret_problem, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(ret_problem, format, arguments);
	va_end(arguments);
	if (length < 0) {
		*ret_problem = NULL;
		return -ENOMEM;
	}
	return r;
}

/*
 * Appends unless it is among the first @n_before, which other words have named; one word names
 * nothing twice.
 */
static int append(struct pci_address_list *list, size_t n_before, const struct pci_address *address)
{
	struct pci_address *grown;

	for (size_t i = 0; i < n_before; i++)
		if (pci_address_equal(&list->addresses[i], address))
			return 0;
	grown = reallocarray(list->addresses, list->n_addresses + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->addresses = grown;
	grown[list->n_addresses++] = *address;
	return 0;
}

/* Host and ISA bridges are endpoints by their header only: nobody means them by "all". */
static bool is_endpoint(const struct pci_device *device)
{
	return pci_device_is_bridge(device) != TRUTH_YES &&
	       pci_device_is_host_bridge(device) != TRUTH_YES &&
	       pci_device_is_iommu_class(device) != TRUTH_YES;
}

static int append_matching(const struct pci_device_list *devices, const struct pci_pattern *pattern,
			   const char *word, struct pci_address_list *list, char **ret_problem)
{
	size_t n_before = list->n_addresses;
	bool found = false;

	for (size_t i = 0; i < devices->n_devices; i++) {
		int r;

		if (!pci_pattern_matches(pattern, &devices->devices[i].address))
			continue;
		found = true;
		r = append(list, n_before, &devices->devices[i].address);
		if (r < 0)
			return r;
	}
	if (found)
		return 0;
	return complain(-ENODEV, ret_problem, "no PCI device matches \"%s\"", word);
}

static int append_group(const struct host_root *root, const struct pci_device_list *devices,
			const char *word, struct pci_address_list *list, char **ret_problem)
{
	size_t n_before = list->n_addresses;
	struct iommu_group group;
	bool found = false;
	uint64_t number;
	int r;

	if (!number_parse(word + strlen("group:"), 10, &number) || number > INT_MAX)
		return complain(-EINVAL, ret_problem,
				"\"%s\" is no group: expected group:N with a decimal number", word);
	r = host_group_read(root, (int)number, &group);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return complain(-ENODEV, ret_problem, "no IOMMU group matches \"%s\"", word);
	for (size_t i = 0; i < group.n_members && r == 0; i++) {
		const struct pci_device *device = pci_device_list_find(devices, &group.members[i]);

		if (device && !is_endpoint(device))
			continue;
		found = true;
		r = append(list, n_before, &group.members[i]);
	}
	iommu_group_release(&group);
	if (r == 0 && !found)
		return complain(-ENODEV, ret_problem, "\"%s\" has no PCI endpoint function", word);
	return r;
}

static int append_named(const struct host_root *root, const struct pci_device_list *devices,
			const char *word, struct pci_address_list *list, char **ret_problem)
{
	const char *name = strncmp(word, "/dev/", 5) == 0 ? word + 5 : word;
	struct pci_address parents[CLASS_PARENTS_MAX];
	size_t n_before = list->n_addresses;
	bool found = false;
	int r = -ENOENT;

	if (name == word)
		r = class_device_parents(root, "net", name, parents);
	if (r == -ENOENT)
		r = class_device_parents(root, "block", name, parents);
	if (r < 0)
		return complain(-ENODEV, ret_problem,
				"there is no network interface or block device \"%s\"", word);
	for (int i = 0; i < r; i++) {
		int failure;

		if (!pci_device_list_find(devices, &parents[i]))
			continue;
		found = true;
		failure = append(list, n_before, &parents[i]);
		if (failure < 0)
			return failure;
	}
	if (!found)
		return complain(-ENODEV, ret_problem, "\"%s\" is not behind a PCI device", word);
	return 0;
}

/* Whether the word looks like an address that somebody mistyped, rather than like a name. */
static bool looks_like_address(const char *word)
{
	return word[0] == '\0' || strpbrk(word, ":.*, \t") || strncmp(word, "pci_", 4) == 0 ||
	       strncmp(word, "pci/", 4) == 0 || strcmp(word, "pci") == 0 ||
	       strcmp(word, "group") == 0;
}

static bool is_named(const struct host_root *root, const char *class_name, const char *name)
{
	return host_root_exists(root, "/sys/class/%s/%s", class_name, name) == 1;
}

int host_resolve_device(const struct host_root *root, const struct pci_device_list *devices,
			const char *word, struct pci_address_list *list, char **ret_problem)
{
	const char *name = strncmp(word, "/dev/", 5) == 0 ? word + 5 : word;
	struct pci_pattern pattern;
	bool is_name = name[0] != '\0' && name[0] != '.' && !strchr(name, '/');

	*ret_problem = NULL;
	if (strncmp(word, "group:", strlen("group:")) == 0)
		return append_group(root, devices, word, list, ret_problem);
	if (pci_pattern_parse(word, &pattern) == 0)
		return append_matching(devices, &pattern, word, list, ret_problem);
	/* Names may hold dots and colons ("eth0.100"): where there is one, it decides. */
	if (is_name && (!looks_like_address(word) || is_named(root, "block", name) ||
			(name == word && is_named(root, "net", name))))
		return append_named(root, devices, word, list, ret_problem);
	return complain(-EINVAL, ret_problem,
			"\"%s\" is no device: expected an address as lspci prints it "
			"(0000:01:00.0), group:N, or the name of a network interface or block "
			"device",
			word);
}

int host_resolve_all(const struct pci_device_list *devices, struct pci_address_list *list)
{
	size_t n_before = list->n_addresses;

	for (size_t i = 0; i < devices->n_devices; i++) {
		int r = 0;

		if (is_endpoint(&devices->devices[i]))
			r = append(list, n_before, &devices->devices[i].address);
		if (r < 0)
			return r;
	}
	return 0;
}

void pci_address_list_release(struct pci_address_list *list)
{
	free(list->addresses);
	*list = (struct pci_address_list){0};
}
