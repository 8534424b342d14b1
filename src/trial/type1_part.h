/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_TYPE1_PART_H
#define TRIAL_TYPE1_PART_H

/* The steps of one group on the type1 path, for its own walk and the joint one; private to trial/. */

#include "trial/walk.h"

struct type1 {
	struct trial_walk *walk;
	int who;       /* whose steps these are: TRIAL_GROUP, or the first device of the group */
	int number;    /* of the group */
	int container; /* descriptors, -1 where not open */
	int group;
	int *devices;
	bool not_viable;
	bool has_companions; /* the container has another group already */
	enum vfio_extension backend;
};

/* Each takes one step, and returns whether the walk goes on. */
bool type1_open_container(struct type1 *path);
bool type1_open_group(struct type1 *path);
bool type1_read_status(struct type1 *path);
bool type1_set_container(struct type1 *path);
bool type1_check_extension(struct type1 *path);
bool type1_set_iommu(struct type1 *path);

/* Maps one page for everything that is in the container, and unmaps it. */
void type1_map_page(struct type1 *path);

#endif
