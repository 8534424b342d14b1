/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where QEMU puts a guest's memory, and how much of it gets pinned against which limit. */
#include <stdlib.h>

#include "domain/memlock.h"
#include "domain/memory_map.h"
#include "tests/unit/check.h"

#define GIB (UINT64_C(1) << 30)

static struct guest_domain guest_of(const char *machine, uint64_t memory)
{
	return (struct guest_domain){
		.machine = (char *)machine,
		.architecture = (char *)"x86_64",
		.memory = {FACT_KNOWN, memory},
		.memory_initial = {FACT_KNOWN, memory},
	};
}

/* The last address of memory; 0 where the map is unknown. */
static uint64_t top(const char *machine, uint64_t memory, enum truth amd)
{
	struct guest_domain guest = guest_of(machine, memory);
	struct guest_memory_map map = guest_memory_map(&guest, amd);

	CHECK(map.state == FACT_KNOWN || map.unknown);
	return guest_memory_map_top(&map);
}

static void test_split(void)
{
	CHECK_INT(top("pc-q35-7.2", GIB, TRUTH_NO), GIB - 1);
	CHECK_INT(top("pc-q35-7.2", 0xb0000000 - 1, TRUTH_NO), 0xaffffffe);
	CHECK_INT(top("pc-q35-7.2", 0xb0000000, TRUTH_NO), 4 * GIB + 0x30000000 - 1);
	CHECK_INT(top("q35", 4 * GIB, TRUTH_NO), 6 * GIB - 1);
	CHECK_INT(top("pc-i440fx-7.2", 3 * GIB, TRUTH_NO), 3 * GIB - 1);
	CHECK_INT(top("pc-i440fx-7.2", 0xe0000000, TRUTH_NO), 4 * GIB + 0x20000000 - 1);
	CHECK_INT(top("pc", 4 * GIB, TRUTH_NO), 5 * GIB - 1);
	CHECK_INT(top("microvm", GIB, TRUTH_NO), 0);
	CHECK_INT(top(NULL, GIB, TRUTH_NO), 0);
	CHECK_INT(top("pc-q35-7.2", 0, TRUTH_NO), 0);
	CHECK_INT(top("pc-q35-7.2", UINT64_MAX, TRUTH_NO), 0);
	/* 512 GiB do not fit below 2^39 once 2 GiB of them are moved up. */
	CHECK(top("pc-q35-7.2", 509 * GIB, TRUTH_NO) < UINT64_C(1) << 39);
	CHECK(top("pc-q35-7.2", 511 * GIB, TRUTH_NO) >= UINT64_C(1) << 39);
}

/* The window of 32 GiB behind the memory counts: it is what makes QEMU go around. */
static void test_hypertransport(void)
{
	const uint64_t most = 0xfd00000000 - 32 * GIB - 2 * GIB;

	CHECK_INT(top("pc-q35-7.2", most, TRUTH_YES), most + 2 * GIB - 1);
	CHECK_INT(top("pc-q35-7.2", most + GIB, TRUTH_YES), 1024 * GIB + most - GIB - 1);
	CHECK_INT(top("pc-q35-7.1", most + GIB, TRUTH_YES), 1024 * GIB + most - GIB - 1);
	CHECK_INT(top("pc-q35-7.0", most + GIB, TRUTH_YES), most + 3 * GIB - 1);
	CHECK_INT(top("pc-q35-7.2", most + GIB, TRUTH_NO), most + 3 * GIB - 1);
	CHECK_INT(top("pc-q35-7.2", most + GIB, TRUTH_UNKNOWN), 0);
	CHECK_INT(top("pc-q35-rhel9.2.0", most + GIB, TRUTH_YES), 0);
	CHECK_INT(top("q35", most + GIB, TRUTH_YES), 0);
	CHECK_INT(top("q35", most, TRUTH_YES), most + 2 * GIB - 1);
}

static void test_memory_devices(void)
{
	struct guest_domain guest = guest_of("pc-q35-7.2", 5 * GIB);
	struct guest_memory_map map;

	guest.memory_initial.number = 4 * GIB;
	guest.memory_devices = GIB;
	guest.memory_maximum = (struct fact_number){FACT_KNOWN, 16 * GIB};
	guest.memory_slots = 2;
	map = guest_memory_map(&guest, TRUTH_NO);
	CHECK_INT(map.n_memory, 3);
	CHECK_INT(map.memory[2].first, 6 * GIB);
	CHECK_INT(map.memory[2].last, 7 * GIB - 1);
	/* 12 GiB to come and 2 GiB of alignment, then the window. */
	CHECK_INT(map.window.first, 20 * GIB);
	CHECK_INT(map.window.last, 52 * GIB - 1);
	guest.hole64 = (struct fact_number){FACT_KNOWN, 0};
	CHECK(!guest_memory_map(&guest, TRUTH_NO).has_window);
}

static void test_arm(void)
{
	struct guest_domain guest = guest_of("virt-7.2", 2 * GIB);

	CHECK_INT(guest_memory_map(&guest, TRUTH_NO).state, FACT_UNKNOWN);
	guest.architecture = (char *)"aarch64";
	CHECK_INT(guest_memory_map(&guest, TRUTH_NO).memory[0].first, GIB);
	CHECK_INT(guest_memory_map(&guest, TRUTH_NO).memory[0].last, 3 * GIB - 1);
}

/* Of hostdevs of these kinds: how many address spaces, and the limit in GiB. */
static void expect(struct guest_domain *guest, const char *kinds, size_t groups, uint64_t spaces,
		   uint64_t limit)
{
	struct guest_hostdev hostdevs[8] = {0};
	struct memlock_forecast forecast;

	guest->hostdevs = hostdevs;
	guest->n_hostdevs = strlen(kinds);
	for (size_t i = 0; kinds[i]; i++) {
		hostdevs[i].kind = kinds[i] == 'n'   ? GUEST_HOSTDEV_NVME
				   : kinds[i] == 'm' ? GUEST_HOSTDEV_MDEV
						     : GUEST_HOSTDEV_PCI;
		hostdevs[i].iommufd = kinds[i] == 'i';
	}
	forecast = memlock_forecast(guest, groups);
	CHECK_INT(forecast.spaces, spaces);
	CHECK_INT(forecast.limit.number, limit * GIB);
	if (spaces > 0)
		CHECK_INT(forecast.needed.number, spaces * guest->memory.number);
}

static void test_memlock(void)
{
	struct guest_domain guest = guest_of("pc-q35-7.2", 4 * GIB);

	expect(&guest, "", 0, 0, 0);
	expect(&guest, "p", 1, 1, 5);
	expect(&guest, "pp", 2, 1, 5);
	expect(&guest, "pn", 2, 2, 9);
	/* A mediated device pins what it needs; libvirt counts it all the same. */
	expect(&guest, "m", 0, 0, 0);
	expect(&guest, "pm", 1, 1, 5);
	guest.n_vdpa = 2;
	expect(&guest, "p", 1, 3, 13);
	guest.n_vdpa = 0;
	guest.iommu.model = GUEST_IOMMU_INTEL;
	expect(&guest, "ppp", 3, 3, 13);
	expect(&guest, "ppp", 2, 2, 13);
	expect(&guest, "ii", 2, 1, 9);
	guest.hard_limit = (struct fact_number){FACT_KNOWN, 2 * GIB};
	expect(&guest, "p", 1, 1, 2);
	CHECK_STR(memlock_source_name(MEMLOCK_HARD_LIMIT), "hard_limit");
	guest.hard_limit.state = FACT_ABSENT;
	guest.locked = true;
	CHECK_INT(memlock_forecast(&guest, 1).source, MEMLOCK_UNLIMITED);
	guest.architecture = (char *)"ppc64le";
	CHECK_INT(memlock_forecast(&guest, 1).needed.state, FACT_UNKNOWN);
}

int main(void)
{
	test_split();
	test_hypertransport();
	test_memory_devices();
	test_arm();
	test_memlock();
	return check_result();
}
