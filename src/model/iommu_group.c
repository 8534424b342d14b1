/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "model/iommu_group.h"

void iommu_group_release(struct iommu_group *group)
{
	free(group->members);
	free(group->regions);
	fact_text_release(&group->type);
	*group = (struct iommu_group){0};
}

enum truth iommu_group_has_direct_region(const struct iommu_group *group)
{
	if (group->regions_state != FACT_KNOWN)
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < group->n_regions; i++)
		if (strcmp(group->regions[i].type, "direct") == 0)
			return TRUTH_YES;
	return TRUTH_NO;
}
