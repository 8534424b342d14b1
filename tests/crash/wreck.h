/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_CRASH_WRECK_H
#define TESTS_CRASH_WRECK_H

#include "tests/fake/fake_kernel.h"

struct saved_record {
	char name[PCI_ADDRESS_SIZE];
	char *text;
};

/*
 * Where a crash has left the world: the devices and the records on disk. What a restore does
 * depends on nothing else, so that two crashes that leave the same wreck need one look.
 */
struct wreck {
	char *key; /* the same for the same wreck */
	struct fake_state state;
	struct saved_record records[FAKE_DEVICES];
	size_t n_records;
	/* What further crashes of the restore make of it, an index into the set for each. */
	size_t *next;
	size_t n_next;
};

/* Every wreck that was seen, each once. */
struct wreck_set {
	struct wreck *wrecks;
	size_t n_wrecks;
};

/* The index of what @kernel is now, with the records in its folder; added where it is new. */
size_t wreck_set_note(struct wreck_set *set, const struct fake_kernel *kernel);

/* Makes @kernel what it was at @wreck, in a process that has just begun. */
void wreck_bring_back(const struct wreck *wreck, struct fake_kernel *kernel);

/* Removes the records of all devices, for the next trial. */
void wreck_clean_up(const struct fake_kernel *kernel);

void wreck_set_release(struct wreck_set *set);

#endif
