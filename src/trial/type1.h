/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_TYPE1_H
#define TRIAL_TYPE1_H

#include "trial/walk.h"

/*
 * The group and container path, in the order that separates the errnos (errno-map E.2):
 * GET_STATUS before SET_CONTAINER, CHECK_EXTENSION before SET_IOMMU, an empty container.
 * Everything that it opens is closed again before it returns.
 */
void type1_walk(struct trial_walk *walk);

/*
 * The groups of a joint plan in one container, one after the other, one page mapped for all of
 * them. Opens no device. The kernel puts a group whose attach to the container's domain was
 * refused into a domain of its own and says nothing; only a trace tells.
 */
void type1_walk_joint(struct trial_walk *walk);

#endif
