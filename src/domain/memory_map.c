/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "domain/memory_map.h"

#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

/* Guests beyond what 52 bits of address can hold are not computed. */
#define MEMORY_MOST (UINT64_C(1) << 52)

/* AMD hosts cannot translate these addresses: interrupts and HyperTransport are there. */
#define HYPERTRANSPORT_START UINT64_C(0xfd00000000)

/* How a family of PC machines splits its memory at 4 GiB, and its default 64-bit window. */
struct pc_machine {
	const char *prefix;
	const char *alias; /* the newest version of it */
	uint64_t unsplit;  /* memory below this is all below 4 GiB */
	uint64_t low;	   /* else so much of it is */
	uint64_t window;
};

static const struct pc_machine pc_machines[] = {
	{"pc-q35-", "q35", UINT64_C(0xb0000000), UINT64_C(0x80000000), 32 * GIB},
	{"pc-i440fx-", "pc", UINT64_C(0xe0000000), UINT64_C(0xc0000000), 2 * GIB},
};

static uint64_t round_to_gib(uint64_t address)
{
	return (address + GIB - 1) / GIB * GIB;
}

static struct guest_memory_map unknown(const char *why)
{
	return (struct guest_memory_map){.state = FACT_UNKNOWN, .unknown = why};
}

static void add_memory(struct guest_memory_map *map, uint64_t first, uint64_t size)
{
	if (size > 0)
		map->memory[map->n_memory++] = (struct guest_range){first, first + size - 1};
}

static uint64_t device_memory_size(const struct guest_domain *guest)
{
	uint64_t initial = guest->memory_initial.number;

	if (guest->memory_maximum.state != FACT_KNOWN || guest->memory_maximum.number <= initial)
		return 0;
	/* Each slot may need to be aligned. */
	return guest->memory_maximum.number - initial + guest->memory_slots * GIB;
}

/*
 * Fills @map with the split at 4 GiB, the upper part from @above on. Memory devices are put one
 * after the other; with their alignment they may lie higher, up to the slots' whole size.
 */
static void lay_out_pc(const struct guest_domain *guest, const struct pc_machine *machine,
		       uint64_t above, struct guest_memory_map *map)
{
	uint64_t initial = guest->memory_initial.number;
	uint64_t low = initial < machine->unsplit ? initial : machine->low;
	uint64_t end = above + (initial - low);
	uint64_t devices = round_to_gib(end);
	uint64_t window = guest->hole64.state == FACT_KNOWN && guest->hole64.number < MEMORY_MOST
				  ? guest->hole64.number
				  : machine->window;

	*map = (struct guest_memory_map){.state = FACT_KNOWN, .has_window = window > 0};
	add_memory(map, 0, low);
	add_memory(map, above, initial - low);
	if (device_memory_size(guest) > 0) {
		add_memory(map, devices, guest->memory_devices);
		end = devices + device_memory_size(guest);
	}
	map->window = (struct guest_range){round_to_gib(end), round_to_gib(end) + window - 1};
	map->relocated = above == TIB && initial > low;
}

/* Whether this version of the machine goes around the HyperTransport range: since 7.1. */
static enum truth goes_around(const struct guest_domain *guest, const struct pc_machine *machine)
{
	int major, minor;

	if (strncmp(guest->machine, machine->prefix, strlen(machine->prefix)) != 0 ||
	    sscanf(guest->machine + strlen(machine->prefix), "%d.%d", &major, &minor) != 2)
		return TRUTH_UNKNOWN;
	return truth_of(major > 7 || (major == 7 && minor >= 1));
}

static struct guest_memory_map map_pc(const struct guest_domain *guest,
				      const struct pc_machine *machine, enum truth host_amd)
{
	struct guest_memory_map map;
	enum truth around = goes_around(guest, machine);

	lay_out_pc(guest, machine, 4 * GIB, &map);
	if (map.window.last < HYPERTRANSPORT_START || host_amd == TRUTH_NO || around == TRUTH_NO)
		return map;
	if (host_amd == TRUTH_UNKNOWN)
		return unknown("the vendor of the host's processor is not known");
	if (around == TRUTH_UNKNOWN)
		return unknown("the version of the machine type decides where the memory lies");
	lay_out_pc(guest, machine, TIB, &map);
	return map;
}

static struct guest_memory_map map_arm(const struct guest_domain *guest)
{
	struct guest_memory_map map = {.state = FACT_KNOWN};
	uint64_t initial = guest->memory_initial.number;

	add_memory(&map, GIB, initial);
	if (device_memory_size(guest) > 0)
		add_memory(&map, round_to_gib(GIB + initial), guest->memory_devices);
	return map;
}

struct guest_memory_map guest_memory_map(const struct guest_domain *guest, enum truth host_amd)
{
	if (guest->memory_initial.state != FACT_KNOWN || guest->memory_initial.number == 0)
		return unknown("the domain does not say how much memory it has");
	if (guest->memory_initial.number > MEMORY_MOST || guest->memory_slots > 1024 ||
	    (guest->memory_maximum.state == FACT_KNOWN &&
	     guest->memory_maximum.number > MEMORY_MOST))
		return unknown("no machine of QEMU has so much memory");
	if (!guest->machine)
		return unknown("the domain names no machine type");
	for (size_t i = 0; i < sizeof(pc_machines) / sizeof(pc_machines[0]); i++)
		if (strncmp(guest->machine, pc_machines[i].prefix, strlen(pc_machines[i].prefix)) ==
			    0 ||
		    strcmp(guest->machine, pc_machines[i].alias) == 0)
			return map_pc(guest, &pc_machines[i], host_amd);
	if (strcmp(guest->machine, "virt") == 0 || strncmp(guest->machine, "virt-", 5) == 0)
		return guest->architecture && strcmp(guest->architecture, "aarch64") == 0
			       ? map_arm(guest)
			       : unknown("the memory of this architecture is laid out otherwise");
	return unknown("the memory layout of this machine type is not known here");
}

uint64_t guest_memory_map_top(const struct guest_memory_map *map)
{
	uint64_t top = 0;

	for (size_t i = 0; i < map->n_memory; i++)
		if (map->memory[i].last > top)
			top = map->memory[i].last;
	return top;
}
