/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use_part.h"
#include "tree.h"

static char disk[] = "nvme0n1", part[] = "nvme0n1p1", mapped[] = "dm-0", mapper[] = "vg-root";

/* The input is /proc/self/mountinfo, /proc/1/mountinfo and /proc/swaps. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct block_device devices[] = {
		{.name = disk, .major = 259, .minor = 0, .numbered = true},
		{.name = part, .major = 259, .minor = 1, .numbered = true},
		{.name = mapped, .mapper = mapper},
	};
	const struct block_set set = {devices, sizeof(devices) / sizeof(devices[0])};
	struct in_use_list list = {0};

	fuzz_tree_open();
	tree_write_bytes(&fuzz_root, "/proc/self/mountinfo", data, size);
	tree_write_bytes(&fuzz_root, "/proc/1/mountinfo", data, size);
	tree_write_bytes(&fuzz_root, "/proc/swaps", data, size);
	REQUIRE(in_use_read_mounts(&fuzz_root, &set, &list) == 0);
	REQUIRE((list.n_items > 0) ==
		(devices[0].mounted || devices[1].mounted || devices[2].mounted));
	REQUIRE(in_use_read_swaps(&fuzz_root, &set, &list) == 0);
	for (size_t i = 0; i < list.n_items; i++)
		REQUIRE(list.items[i].id == IN_USE_MOUNTED || list.items[i].id == IN_USE_SWAP);
	in_use_list_release(&list);
	return 0;
}
