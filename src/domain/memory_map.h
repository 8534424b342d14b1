/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DOMAIN_MEMORY_MAP_H
#define DOMAIN_MEMORY_MAP_H

#include <stdint.h>

#include "model/guest_domain.h"

/* A range of guest-physical addresses, which are the I/O addresses of assigned devices. */
struct guest_range {
	uint64_t first;
	uint64_t last; /* inclusive */
};

#define GUEST_RANGES 3

/* Where QEMU puts the memory of a guest. */
struct guest_memory_map {
	enum fact_state state; /* UNKNOWN: QEMU's layout for this machine type is not known here */
	const char *unknown;   /* then: why; static */
	struct guest_range memory[GUEST_RANGES];
	size_t n_memory;
	bool relocated; /* above 1 TiB, around AMD's HyperTransport range */
	bool has_window;
	struct guest_range window; /* for 64-bit BARs, as QEMU itself gives it */
};

/*
 * Computes the map as QEMU does (hw/i386/pc.c, pc_q35.c, pc_piix.c, hw/arm/virt.c; 7.2).
 * @host_amd: whether the host's processor is AMD's, which KVM guests inherit.
 */
struct guest_memory_map guest_memory_map(const struct guest_domain *guest, enum truth host_amd);

/* The highest address of memory; 0 where the map is unknown. */
uint64_t guest_memory_map_top(const struct guest_memory_map *map);

#endif
