/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_UNDO_H
#define TRIAL_UNDO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/pci_address.h"
#include "vfio/operations.h"

/* Where the records of this boot live; gone with the boot, like the state that they describe. */
#define UNDO_FOLDER "/run/iommu-diag/undo"

/*
 * What a device was before a trial touched it: one text file per device, complete on disk before
 * the first write that outlives us. Owns its strings.
 */
struct undo_record {
	char boot_id[40];
	struct pci_address address;
	uint16_t vendor, device;
	int group;		    /* -1: none */
	char *driver;		    /* NULL: unbound */
	char *driver_override;	    /* NULL: none */
	char *power_control;	    /* "on", "auto"; NULL: unknown, left alone */
	char *trial_driver;	    /* what the trial binds */
	struct network_links links; /* as they were; addresses and routes cannot be given back */
	pid_t worker_pid;
	uint64_t worker_start; /* field 22 of /proc/PID/stat, so that a reused pid is no owner */
};

struct undo_record_list {
	struct undo_record *records;
	size_t n_records;
	char **unreadable; /* "NAME: why" of files that are no records; never removed by us */
	size_t n_unreadable;
};

/*
 * Writes @record below @folder (made where missing; everyone may read it, only root writes):
 * temporary file, fsync, rename, fsync of the folder. Returns 0 or a negative errno; -EEXIST
 * where the device has a record already, which tells more than what stands now and is kept.
 */
int undo_record_write(const char *folder, const struct undo_record *record);

/*
 * Parses the text of a record. Lines with keys that this version does not know are passed over:
 * a newer one wrote them. Returns 0, -EINVAL or -ENOMEM. The caller releases *ret.
 */
int undo_record_parse(const char *text, struct undo_record *ret);

/* Removes the record of @address. Returns 0 (also where there is none) or a negative errno. */
int undo_record_remove(const char *folder, const struct pci_address *address);

/* Reads every record, sorted by address. A folder that is missing is an empty list. */
int undo_record_list_read(const char *folder, struct undo_record_list *ret);
void undo_record_list_release(struct undo_record_list *list);
void undo_record_release(struct undo_record *record);

/* The record of @address, or NULL. */
const struct undo_record *undo_record_list_find(const struct undo_record_list *list,
						const struct pci_address *address);

/* Whether there is a file for @address that could not be read, or is no record. */
bool undo_record_list_is_unreadable(const struct undo_record_list *list,
				    const struct pci_address *address);

/* Whether the worker that wrote the record still runs. */
bool undo_record_owner_is_alive(const struct undo_record *record);

/* Fills boot_id and the calling process as the owner. Returns 0 or a negative errno. */
int undo_record_claim(struct undo_record *record);

#endif
