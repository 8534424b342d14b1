/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "trace/chain.h"

static bool is_number(const struct trace_return *call)
{
	enum trace_value value = trace_point_value(call->point);

	return value == TRACE_VALUE_INT || value == TRACE_VALUE_LONG;
}

/*
 * Whether @outer, which returned later, called @inner. The stack alone would not do: a function
 * that is called higher up returns later as well. A call in tail position returns on the stack of
 * its caller, with the caller's own answer.
 */
static bool encloses(const struct trace_return *outer, const struct trace_return *inner)
{
	if (trace_point_depth(outer->point) >= trace_point_depth(inner->point))
		return false;
	if (outer->stack > inner->stack)
		return true;
	return outer->stack == inner->stack && is_number(outer) && is_number(inner) &&
	       outer->value == inner->value;
}

/* The index of the function that called returns[@at], @n where none is recorded. */
static size_t find_caller(const struct trace_return *returns, size_t n, size_t at)
{
	for (size_t i = at + 1; i < n; i++)
		if (encloses(&returns[i], &returns[at]))
			return i;
	return n;
}

/* These go on after a refusal with another domain: only the last answer counts. */
static bool retries(enum trace_point point)
{
	return point == TRACE_POINT_TYPE1_ATTACH || point == TRACE_POINT_CHANGE_PT;
}

/* Whether the same function, called again by the same caller, succeeded. */
static bool succeeded_later(const struct trace_return *returns, size_t caller, size_t n, size_t at)
{
	for (size_t i = at + 1; i < caller; i++)
		if (returns[i].point == returns[at].point && !trace_return_failed(&returns[i]) &&
		    find_caller(returns, n, i) == caller)
			return true;
	return false;
}

/*
 * Whether @caller turns the failure of @call into @err. Other errnos of functions that return
 * one had no weight, but for a device that does not wake up. "Not isolated" becomes EPERM, "not
 * coherent" EINVAL, and neither is an obstacle to anything else.
 */
static bool is_replaced(const struct trace_return *caller, const struct trace_return *call, int err)
{
	if (!trace_return_failed(call))
		return false;
	if (call->point == TRACE_POINT_RESUME)
		return caller->point == TRACE_POINT_DEVICE_IOCTL && err == EIO;
	if (call->point == TRACE_POINT_COHERENT)
		return err == EINVAL;
	if (trace_point_value(call->point) == TRACE_VALUE_BOOL)
		return err == EPERM;
	return !is_number(call);
}

/* Whether the caller of @call goes on without a word about the errno @err of it. */
static bool is_ignored(const struct trace_return *call, int err)
{
	return (call->point == TRACE_POINT_RESET && err != EAGAIN) ||
	       (call->point == TRACE_POINT_IGD_INIT && err == ENODEV);
}

/* The index of the call that made returns[@caller] fail, @n where it was none recorded. */
static size_t find_cause(const struct trace_return *returns, size_t n, size_t caller)
{
	int err = trace_return_errno(&returns[caller]);
	size_t same = n, other = n;

	for (size_t i = 0; i < caller; i++) {
		if (find_caller(returns, n, i) != caller)
			continue;
		if (is_ignored(&returns[i], err))
			continue;
		if (err != 0 && trace_return_errno(&returns[i]) == err) {
			if (same == n || retries(returns[caller].point))
				same = i;
		} else if (is_replaced(&returns[caller], &returns[i], err) &&
			   !succeeded_later(returns, caller, n, i)) {
			other = i;
		}
	}
	return same < n ? same : other;
}

void trace_chain_find(const struct trace_return *returns, size_t n, int err,
		      struct trace_chain *ret)
{
	size_t at = n;

	*ret = (struct trace_chain){0};
	if (n > TRACE_RETURNS_MOST)
		return;
	for (size_t i = n; i-- > 0 && at == n;)
		if (trace_point_depth(returns[i].point) == 0 &&
		    trace_return_errno(&returns[i]) == err)
			at = i;
	while (at < n && ret->n_links < TRACE_CHAIN_MOST) {
		ret->links[ret->n_links++] = &returns[at];
		at = find_cause(returns, n, at);
	}
}

const struct trace_return *trace_swallowed_attach(const struct trace_return *returns, size_t n)
{
	for (size_t i = 0; i < n && n <= TRACE_RETURNS_MOST; i++) {
		size_t caller;

		if ((returns[i].point != TRACE_POINT_GROUP_ATTACH &&
		     returns[i].point != TRACE_POINT_HWPT_ATTACH) ||
		    !trace_return_failed(&returns[i]))
			continue;
		caller = find_caller(returns, n, i);
		if (caller < n && retries(returns[caller].point) &&
		    succeeded_later(returns, caller, n, i))
			return &returns[i];
	}
	return NULL;
}

bool trace_join_find(const struct trace_return *returns, size_t n, struct trace_join *ret)
{
	size_t type1 = n;
	unsigned attaches = 0; /* that succeeded, the fresh domain's the first */

	*ret = (struct trace_join){0};
	for (size_t i = 0; i < n && n <= TRACE_RETURNS_MOST; i++)
		if (returns[i].point == TRACE_POINT_TYPE1_ATTACH &&
		    !trace_return_failed(&returns[i]))
			type1 = i;
	for (size_t i = 0; type1 < n && i < type1; i++) {
		bool failed = trace_return_failed(&returns[i]);

		if (returns[i].point != TRACE_POINT_GROUP_ATTACH ||
		    find_caller(returns, n, i) != type1)
			continue;
		/* Each refusal is followed by the way back, and nothing follows a shared domain. */
		if (failed ? attaches != ret->refused + 1 : attaches > ret->refused + 1)
			return false;
		if (failed && ret->refused++ == 0)
			ret->err = trace_return_errno(&returns[i]);
		attaches += !failed;
	}
	ret->shares = attaches == ret->refused + 2;
	return attaches > ret->refused;
}
