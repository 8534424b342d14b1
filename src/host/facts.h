/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_FACTS_H
#define HOST_FACTS_H

#include "host/root.h"
#include "model/host_facts.h"

/*
 * Gathers the facts of the whole host. Never fails for a fact that cannot be read; returns 0 or
 * -ENOMEM. The caller releases *ret with host_facts_release().
 */
int host_facts_read(const struct host_root *root, struct host_facts *ret);

/*
 * domains_used and domains_supported of the Intel unit @iommu ("dmar0"), FACT_ABSENT where the
 * instance has no such counters (Documentation/ABI/testing/sysfs-class-iommu-intel-iommu). Used
 * includes the two reserved ids up to 6.12 and excludes them in 7.3 (errno-map D.3).
 */
void host_iommu_domain_counters(const struct host_root *root, const char *iommu,
				struct fact_number *ret_used, struct fact_number *ret_supported);

/*
 * Whether these counters leave no id free. Between the two readings of "used" it is the release of
 * the running kernel that decides, and unknown where nobody has read that release's source.
 */
enum truth host_iommu_domain_ids_full(const struct host_root *root, unsigned long long used,
				      unsigned long long supported);

#endif
