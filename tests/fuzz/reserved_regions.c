/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/group.h"
#include "tree.h"

#define GROUP "/sys/kernel/iommu_groups/7"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct iommu_group group;

	if (fuzz_tree_open())
		tree_write(&fuzz_root, GROUP "/devices/0000:00:03.0", "");
	tree_write_bytes(&fuzz_root, GROUP "/reserved_regions", data, size);
	tree_write_bytes(&fuzz_root, GROUP "/type", data, size);
	REQUIRE(host_group_read(&fuzz_root, 7, &group) == 0);
	REQUIRE(group.n_members == 1);
	for (size_t i = 0; i < group.n_regions; i++) {
		REQUIRE(group.regions[i].first <= group.regions[i].last);
		REQUIRE(memchr(group.regions[i].type, '\0', sizeof(group.regions[i].type)));
		REQUIRE(group.regions[i].type[0] != '\0');
	}
	/* Half a file must not say that there is no direct region. */
	REQUIRE(group.regions_state == FACT_KNOWN ||
		iommu_group_has_direct_region(&group) != TRUTH_NO);
	iommu_group_release(&group);
	return 0;
}
