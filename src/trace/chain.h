/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRACE_CHAIN_H
#define TRACE_CHAIN_H

#include "trace/points.h"

/* More returns of one step than this are not looked at. */
#define TRACE_RETURNS_MOST 512

#define TRACE_CHAIN_MOST 16

/*
 * The way of one errno: links[0] is the function that answered the system call, the last link
 * the deepest one that produced it. Borrows from the returns.
 */
struct trace_chain {
	const struct trace_return *links[TRACE_CHAIN_MOST];
	size_t n_links;
};

/*
 * Finds the way of the errno @err through the @n returns of one step, which are in the order in
 * which the functions returned. From the last system call that answered @err inwards: the call
 * that returned the same errno; else one that failed in another way and was not repeated with
 * success, so that its caller has replaced the answer. Empty where no system call answered @err.
 */
void trace_chain_find(const struct trace_return *returns, size_t n, int err,
		      struct trace_chain *ret);

/*
 * The first refused attach that its caller swallowed: type1 then takes a fresh domain, an IOAS
 * tries its next one. NULL where there is none.
 */
const struct trace_return *trace_swallowed_attach(const struct trace_return *returns, size_t n);

/* How type1 has attached a group to a container that has IOMMU domains already. */
struct trace_join {
	bool shares;	  /* it is in one of those domains, not in a domain of its own */
	unsigned refused; /* domains that it was tried in before */
	int err;	  /* of the first of these refusals */
};

/*
 * What the last successful attach of type1 among @returns did: the group into a fresh domain; then
 * into each domain of the container that is of the same kind, newest first, and after each
 * refusal back (drivers/vfio/vfio_iommu_type1.c vfio_iommu_type1_attach_group). Returns false
 * where there is none, or where it was not seen whole.
 */
bool trace_join_find(const struct trace_return *returns, size_t n, struct trace_join *ret);

/*
 * One sentence about @chain: who produced the errno, who replaced it, who passed it on. A new
 * string, or NULL without memory.
 */
char *trace_chain_sentence(const struct trace_chain *chain);

/* Every return in order, "function answer; ...": a new string, or NULL without memory. */
char *trace_returns_text(const struct trace_return *returns, size_t n);

#endif
