/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_IOMMUFD_H
#define TRIAL_IOMMUFD_H

#include "trial/walk.h"

/*
 * The path through /dev/iommu and the devices' own nodes: each device claimed and opened, all of
 * them attached to one IOAS as a virtual machine does, one page mapped; then each one into a
 * domain that was made for it, where a refusal is evidence. Everything that it opens is closed
 * again before it returns.
 */
void iommufd_walk(struct trial_walk *walk);

/*
 * Whether the groups of a joint plan can share a domain: each group into a domain that was made
 * for it; then the first one stays in its own, and each other one is offered the domains that
 * there are before it goes back into its own. EINVAL there is evidence; every other refusal is
 * where iommufd and QEMU give up too. Then one page is mapped into all of them.
 */
void iommufd_walk_joint(struct trial_walk *walk);

#endif
