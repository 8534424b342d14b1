/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fake_part.h"
#include "trial/restore.h"

static struct fact_text text_fact(const char *text)
{
	return *text ? (struct fact_text){FACT_KNOWN, strdup(text)}
		     : (struct fact_text){FACT_ABSENT, NULL};
}

static void plan_device(const struct fake_kernel *kernel, const struct fake_device *device,
			const char *module, struct trial_device *ret)
{
	struct pci_device found = {
		.address = device->address,
		.vendor = {FACT_KNOWN, device->vendor},
		.device = {FACT_KNOWN, device->device},
		.group = {device->group < 0 ? FACT_ABSENT : FACT_KNOWN,
			  device->group < 0 ? 0 : (uint64_t)device->group},
		.driver = text_fact(device->driver),
		.driver_override = text_fact(device->override),
		.power_control = text_fact(device->power_control),
	};

	if (trial_device_init(ret, &found, module,
			      module && !fake_driver_exists(kernel, "vfio-pci") ? NULL
										: "vfio-pci") < 0)
		abort();
	pci_device_release(&found);
}

void fake_kernel_plan(const struct fake_kernel *kernel, const char *module, struct trial_plan *ret)
{
	*ret = (struct trial_plan){
		.group = -1,
		.devices = calloc(FAKE_DEVICES, sizeof(*ret->devices)),
		.takes_type1 = true,
		.opens_devices = true,
	};
	if (!ret->devices)
		abort();
	for (size_t i = 0; i < kernel->state.n_devices; i++) {
		const struct fake_device *device = &kernel->state.devices[i];

		if (!device->in_plan)
			continue;
		if (device->group >= 0)
			ret->group = device->group;
		plan_device(kernel, device, module, &ret->devices[ret->n_devices++]);
	}
}

size_t fake_kernel_restore_all(struct fake_kernel *kernel)
{
	struct undo_record_list list;
	size_t left = 0;

	kernel->restoring = true;
	if (undo_record_list_read(kernel->undo_folder, &list) < 0) {
		fake_violates(kernel, "the records cannot be read");
		return SIZE_MAX;
	}
	for (size_t i = 0; i < list.n_records; i++) {
		char *detail = NULL;

		if (restore_device(&fake_operations, kernel, kernel->undo_folder, &list.records[i],
				   &detail) > RESTORE_GONE)
			left++;
		free(detail);
	}
	left += list.n_unreadable;
	undo_record_list_release(&list);
	kernel->restoring = false;
	return left;
}

bool fake_kernel_no_records(const struct fake_kernel *kernel)
{
	AUTO_CLOSEDIR DIR *stream = opendir(kernel->undo_folder);
	const struct dirent *entry;
	bool none = true;

	while (stream && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			fprintf(stderr, "fake kernel: left in the folder: %s\n", entry->d_name);
			none = false;
		}
	return none;
}

bool fake_folder_make(char *path)
{
	static const char *const places[] = {"/dev/shm", "."};

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		snprintf(path, 256, "%s/iommu-diag-undo-XXXXXX", places[i]);
		if (mkdtemp(path))
			return true;
	}
	return false;
}

void fake_folder_remove(const char *path)
{
	AUTO_CLOSEDIR DIR *stream = opendir(path);
	const struct dirent *entry;

	while (stream && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(stream), entry->d_name, 0);
	rmdir(path);
}
