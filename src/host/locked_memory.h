/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_LOCKED_MEMORY_H
#define HOST_LOCKED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "host/root.h"
#include "model/truth.h"

#define LOCKED_MEMORY_VALUE_SIZE 96

/*
 * Whether RLIMIT_MEMLOCK keeps the calling process from pinning @wanted bytes more. VFIO counts
 * per process (mm/util.c, __account_locked_vm); iommufd counts per user, @by_user, and what other
 * processes of the user have pinned is not told, so that a limit of @wanted or more says nothing.
 * CAP_IPC_LOCK exempts from both. What was read is printed into @value, "" where nothing was.
 */
enum truth host_locked_memory_is_low(const struct host_root *root, size_t wanted, bool by_user,
				     char value[LOCKED_MEMORY_VALUE_SIZE]);

#endif
