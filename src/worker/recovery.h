/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WORKER_RECOVERY_H
#define WORKER_RECOVERY_H

#include <stddef.h>

#include "base/pci_address.h"
#include "trial/restore.h"

/* What became of one record. Owns its string. */
struct recovery {
	struct pci_address address;
	enum restore_result result;
	char *detail; /* one sentence: what stands now, and why; never NULL */
};

struct recovery_list {
	struct recovery *recoveries;
	size_t n_recoveries;
};

/*
 * Puts back what interrupted trials left: every record below @folder, or those of @addresses
 * (none given: all), each in a process of its own with a deadline of @timeout seconds. A record
 * whose worker still runs is waited for as long. Returns 0 or a negative errno; -EACCES where
 * the caller has not the rights. The caller releases the list.
 */
int recovery_run(const char *folder, const struct pci_address *addresses, size_t n_addresses,
		 unsigned timeout, struct recovery_list *ret);
void recovery_list_release(struct recovery_list *list);

#endif
