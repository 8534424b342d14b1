/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_SURROUNDINGS_H
#define HOST_SURROUNDINGS_H

#include "host/root.h"
#include "model/truth.h"

/* What this machine runs in, and what its processes may lock. Owns its strings. */
struct surroundings {
	struct fact_text container; /* "docker", "lxc", ...; ABSENT: none that shows itself */
	enum truth guest;	    /* of a hypervisor */
	struct fact_text machine;   /* vendor and product, as the firmware names them */
	struct fact_number memory_lock_limit; /* bytes; ABSENT: unlimited */
};

/*
 * Reads /run/systemd/container, the marks that container engines leave, the hypervisor flag of the
 * processor, DMI, and the limits of this process. Returns 0 or -ENOMEM; the caller releases *ret.
 */
int host_surroundings_read(const struct host_root *root, struct surroundings *ret);
void surroundings_release(struct surroundings *surroundings);

#endif
