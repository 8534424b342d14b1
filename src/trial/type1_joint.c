/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "trial/type1.h"
#include "trial/type1_part.h"

/* Several groups in one container, as one virtual machine has them. */
struct type1_joint {
	struct trial_walk *walk;
	struct type1 container; /* what belongs to all groups */
	struct type1 *groups;	/* one per device of the plan; used where that leads its group */
	int domains;		/* that the container has; 0 until its first group has one */
	bool untold;		/* no longer known how many */
	bool differ;		/* a group was not even tried in one of them */
};

static void close_group(struct type1 *group)
{
	if (group->group >= 0)
		group->walk->operations->close(group->walk->kernel, group->group);
	group->group = -1;
}

/* The first group brings the backend, and is in the container's first domain. */
static bool start_container(struct type1_joint *joint, struct type1 *group)
{
	if (walk_stopped(joint->walk) || !type1_check_extension(group) ||
	    walk_stopped(joint->walk) || !type1_set_iommu(group))
		return false;
	joint->domains = 1;
	walk_joins(joint->walk, group->who, joint->domains);
	return true;
}

/*
 * type1 offers a group the domains of its own kind, the newest first, and says nothing of it.
 * Where it had reason to pass one over, which of several it took is not known.
 */
static void find_domain(struct type1_joint *joint, const struct type1 *group)
{
	const struct trial_listener *listener = joint->walk->listener;
	struct traced_join join;
	int offered;

	if (joint->untold || !listener->joined || !listener->joined(listener->data, &join)) {
		joint->untold = true;
		return;
	}
	offered = joint->domains - (int)join.refused;
	if (!join.shares) {
		joint->differ = joint->differ || offered > 0;
		walk_joins(joint->walk, group->who, ++joint->domains);
	} else if (offered == 1 || (offered > 0 && !joint->differ)) {
		walk_joins(joint->walk, group->who, offered);
	}
}

static bool join(struct type1_joint *joint, struct type1 *group)
{
	static bool (*const steps[])(struct type1 *) = {
		type1_open_group,
		type1_read_status,
		type1_set_container,
	};

	group->container = joint->container.container;
	group->has_companions = joint->domains > 0;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (walk_stopped(joint->walk) || !steps[i](group))
			return false;
	if (!group->has_companions)
		return start_container(joint, group);
	find_domain(joint, group);
	return true;
}

static void join_all(struct type1_joint *joint)
{
	struct trial_walk *walk = joint->walk;

	for (size_t i = 0; i < walk->plan->n_devices; i++) {
		/* One that was refused does not stay with the others. */
		if (!walk->devices[i].failed && !join(joint, &joint->groups[i]))
			close_group(&joint->groups[i]);
	}
	if (joint->domains > 0 && !walk_is_over(walk) && !walk_stopped(walk))
		type1_map_page(&joint->container);
	for (size_t i = 0; i < walk->plan->n_devices; i++)
		if (joint->groups[i].group >= 0)
			walk_completes(walk, (int)i);
}

void type1_walk_joint(struct trial_walk *walk)
{
	struct type1_joint joint = {
		.walk = walk,
		.container = {.walk = walk, .who = TRIAL_GROUP, .container = -1, .group = -1},
	};

	if (walk_is_over(walk) || walk_stopped(walk))
		return;
	joint.groups = calloc(walk->plan->n_devices, sizeof(*joint.groups));
	if (!joint.groups)
		return;
	for (size_t i = 0; i < walk->plan->n_devices; i++)
		joint.groups[i] = (struct type1){
			.walk = walk,
			.who = (int)i,
			.number = walk->plan->devices[i].group,
			.group = -1,
		};
	if (type1_open_container(&joint.container))
		join_all(&joint);
	for (size_t i = 0; i < walk->plan->n_devices; i++)
		close_group(&joint.groups[i]);
	if (joint.container.container >= 0)
		walk->operations->close(walk->kernel, joint.container.container);
	free(joint.groups);
}
