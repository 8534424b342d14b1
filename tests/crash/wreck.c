/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "wreck.h"

#define RECORD_LIMIT 65536

static void write_state(FILE *out, const struct fake_state *state)
{
	for (size_t i = 0; i < state->n_devices; i++) {
		const struct fake_device *device = &state->devices[i];

		fprintf(out, "%s|%s|%s|%s|%d|%d|%d\n", device->driver, device->override,
			device->power_control, device->link.name, device->link.up, device->group,
			device->gone);
	}
	for (size_t i = 0; i < state->n_groups; i++)
		fprintf(out, "%d|%d\n", state->groups[i].opened_by, state->groups[i].container);
	for (size_t i = 0; i < state->n_modules; i++)
		fprintf(out, "%d\n", state->modules[i].loaded);
}

static void record_path(const struct fake_kernel *kernel, const char *name, char path[300])
{
	snprintf(path, 300, "%s/%s", kernel->undo_folder, name);
}

static void read_wreck(const struct fake_kernel *kernel, struct wreck *wreck)
{
	size_t size = 0;
	FILE *out = open_memstream(&wreck->key, &size);

	if (!out)
		abort();
	wreck->state = kernel->state;
	write_state(out, &wreck->state);
	for (size_t i = 0; i < kernel->state.n_devices; i++) {
		struct saved_record *record = &wreck->records[wreck->n_records];
		char path[300];

		pci_address_format(&kernel->state.devices[i].address, record->name);
		record_path(kernel, record->name, path);
		if (fd_read_all_at(AT_FDCWD, path, RECORD_LIMIT, &record->text, NULL) < 0)
			continue;
		fprintf(out, "%s\n%s", record->name, record->text);
		wreck->n_records++;
	}
	if (fclose(out) != 0)
		abort();
}

static void release(struct wreck *wreck)
{
	for (size_t i = 0; i < wreck->n_records; i++)
		free(wreck->records[i].text);
	free(wreck->key);
	free(wreck->next);
}

size_t wreck_set_note(struct wreck_set *set, const struct fake_kernel *kernel)
{
	struct wreck wreck = {0}, *grown;

	read_wreck(kernel, &wreck);
	for (size_t i = 0; i < set->n_wrecks; i++)
		if (strcmp(set->wrecks[i].key, wreck.key) == 0) {
			release(&wreck);
			return i;
		}
	grown = reallocarray(set->wrecks, set->n_wrecks + 1, sizeof(*grown));
	if (!grown)
		abort();
	set->wrecks = grown;
	grown[set->n_wrecks] = wreck;
	return set->n_wrecks++;
}

void wreck_clean_up(const struct fake_kernel *kernel)
{
	for (size_t i = 0; i < kernel->state.n_devices; i++) {
		char name[PCI_ADDRESS_SIZE], path[300];

		pci_address_format(&kernel->state.devices[i].address, name);
		record_path(kernel, name, path);
		unlink(path);
	}
}

void wreck_bring_back(const struct wreck *wreck, struct fake_kernel *kernel)
{
	fake_kernel_process_dies(kernel);
	wreck_clean_up(kernel);
	kernel->state = wreck->state;
	for (size_t i = 0; i < wreck->n_records; i++) {
		char path[300];
		FILE *file;

		record_path(kernel, wreck->records[i].name, path);
		file = fopen(path, "we");
		if (!file || fputs(wreck->records[i].text, file) < 0 || fclose(file) != 0)
			abort();
	}
}

void wreck_set_release(struct wreck_set *set)
{
	for (size_t i = 0; i < set->n_wrecks; i++)
		release(&set->wrecks[i]);
	free(set->wrecks);
	*set = (struct wreck_set){0};
}
