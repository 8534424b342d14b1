/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include "host/root.h"
#include "model/truth.h"

#define HOST_MEMORY_WHERE_SIZE 320

/*
 * Bytes that the calling process may still take: MemAvailable of /proc/meminfo, or what is left to
 * the tightest cgroup above it, if that is less, since kernel memory that is charged to a cgroup
 * ends there (mm/memcontrol.c; cgroup v2 only). @where tells which of the two it is.
 */
struct fact_number host_memory_available(const struct host_root *root,
					 char where[HOST_MEMORY_WHERE_SIZE]);

#endif
