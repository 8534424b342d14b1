/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cleanup.h"
#include "diagnosis/device_evidence.h"
#include "diagnosis/facts_evidence.h"
#include "diagnosis/group_evidence.h"
#include "diagnosis/host_evidence.h"
#include "diagnosis/kind_evidence.h"
#include "diagnosis/reset_evidence.h"
#include "diagnosis/resource_evidence.h"
#include "diagnosis/translation_evidence.h"

void evidence_from_facts(const struct device_view *view, struct evidence_set *ret)
{
	device_evidence_add(view, ret);
	kind_evidence_add(view, ret);
	reset_evidence_add(view, ret);
	resource_evidence_add(view, ret);
	translation_evidence_add(view, ret);
	group_evidence_add(view, ret);
	host_evidence_add(view->host, ret);
	/* Nothing here is about two devices; pair.c is. */
	ret->truth[EVIDENCE_OTHER_DOMAIN] = TRUTH_NO;
}

bool evidence_forbids_trial(const struct device_view *view, const struct evidence_set *set)
{
	static const enum evidence never[] = {
		EVIDENCE_CONFIG_ALL_ONES, EVIDENCE_IOMMU_FUNCTION, EVIDENCE_BRIDGE,
		EVIDENCE_PF_WITH_VFS,	  EVIDENCE_NOIOMMU,
	};

	for (size_t i = 0; i < ARRAY_LENGTH(never); i++)
		if (set->truth[never[i]] == TRUTH_YES)
			return true;
	/* Its driver would be taken away for an answer that is known already. */
	return view->device->group.state != FACT_KNOWN && view->device->driver.state != FACT_ABSENT;
}

bool evidence_forbids_claim(const struct evidence_set *set)
{
	/* Without a group there is nothing to claim; the trial looks again when one appears. */
	return set->truth[EVIDENCE_GROUP_PRESENT] == TRUTH_YES &&
	       set->truth[EVIDENCE_GROUP_SHARED] != TRUTH_NO &&
	       set->truth[EVIDENCE_DIRECT_REGION] != TRUTH_NO &&
	       set->truth[EVIDENCE_CLAIM_PAGING_DOMAIN] != TRUTH_NO;
}
