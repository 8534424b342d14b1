/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_DOMAIN_EVIDENCE_H
#define DIAGNOSIS_DOMAIN_EVIDENCE_H

#include "domain/memory_map.h"
#include "host/capacity.h"
#include "model/domain_report.h"
#include "model/guest_domain.h"
#include "model/host_facts.h"
#include "model/iommu_group.h"

/* Everything that is known when a domain is judged. */
struct domain_view {
	const struct guest_domain *guest;
	const struct guest_memory_map *map;
	const struct memlock_forecast *memlock;
	const struct host_facts *host;
	const struct host_capacity *capacity;
	const char *missing_mdevs; /* UUIDs that this host does not have; NULL: none */
	bool hugepages_known;
	struct fact_number hugepages_free; /* bytes, of the size that the domain asks for */
};

/* A device that a domain takes, and what it is on now. */
struct domain_member {
	const struct guest_hostdev *hostdev;
	const struct fact_text *driver;
};

/* One IOMMU group that a domain takes devices of. */
struct domain_group_view {
	const struct iommu_group *group;
	const char *iommu;	  /* the instance; NULL: unknown */
	struct fact_number width; /* address bits that it translates */
	struct domain_member *members;
	size_t n_members;
};

/* Answer the questions about the domain as a whole, and about one of its groups. */
void domain_evidence_add(const struct domain_view *view, struct evidence_set *set);
void domain_group_evidence_add(const struct domain_view *view,
			       const struct domain_group_view *group, struct evidence_set *set);

#endif
