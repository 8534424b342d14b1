/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_GROUP_EXPLANATION_H
#define DIAGNOSIS_GROUP_EXPLANATION_H

#include "diagnosis/grouping.h"

/* One member and, in words, why it is in the group. */
struct group_member {
	int node; /* index in the topology */
	const struct grouping_step *step;
	char *why;
};

/* Why the members of one group share it, and what would separate them. Owns its strings. */
struct group_explanation {
	uint64_t number;
	struct group_member *members;
	size_t n_members;
	size_t n_endpoints; /* members that are no bridges: those that a guest gets */
	char **fix;
	size_t n_fix;
	enum truth as_predicted; /* NO: the kernel did what the topology does not tell */
	char *note;		 /* beside all that; NULL */
};

/*
 * Explains group @number of @topology. @command_line of the kernel, NULL where unknown: it may
 * override ACS. Returns 0, -ENOENT where no function is in the group, or -ENOMEM. Strings and
 * steps borrow nothing but @grouping; the caller releases *ret.
 */
int group_explain(const struct pci_topology *topology, const struct grouping *grouping,
		  uint64_t number, const char *command_line, struct group_explanation *ret);
void group_explanation_release(struct group_explanation *explanation);

/* The names of the bits in @acs, "SV RR CR UF" or some of it, into @buffer of 16 bytes. */
char *acs_bits_text(uint16_t acs, char buffer[16]);

#endif
