/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "trace/points.h"

#define ERRNO_MOST 4095

/* The word of points.def where there is no such evidence. */
#define EVIDENCE_TRACE_ORIGIN_NONE EVIDENCE_NONE

static const struct {
	unsigned depth;
	enum trace_value value;
	enum evidence origin;
	const char *symbol;
	size_t length;
} points[TRACE_POINT_COUNT] = {
#define POINT(constant, depth_, returns, origin_, symbol_)                                         \
	[TRACE_POINT_##constant] = {depth_, TRACE_VALUE_##returns,                                 \
				    EVIDENCE_TRACE_ORIGIN_##origin_, symbol_,                      \
				    sizeof(symbol_) - 1},
#include "trace/points.def"
#undef POINT
};

const char *trace_point_symbol(enum trace_point point)
{
	return points[point].symbol;
}

enum trace_point trace_point_from_symbol(const char *symbol)
{
	/* The lengths first: this is asked for every symbol of the kernel. */
	size_t length = strlen(symbol);

	for (int i = 0; i < TRACE_POINT_COUNT; i++)
		if (points[i].length == length && memcmp(points[i].symbol, symbol, length) == 0)
			return (enum trace_point)i;
	return TRACE_POINT_COUNT;
}

unsigned trace_point_depth(enum trace_point point)
{
	return points[point].depth;
}

enum trace_value trace_point_value(enum trace_point point)
{
	return points[point].value;
}

int trace_return_errno(const struct trace_return *call)
{
	if (points[call->point].value == TRACE_VALUE_BOOL)
		return 0;
	return call->value < 0 && call->value >= -ERRNO_MOST ? (int)-call->value : 0;
}

enum evidence trace_return_origin(const struct trace_return *call)
{
	enum evidence origin = points[call->point].origin;

	/* An allocator of ids needs memory too, and then says nothing about the ids. */
	if (origin == EVIDENCE_TRACE_ORIGIN_ID_ALLOCATOR && trace_return_errno(call) == ENOMEM)
		return EVIDENCE_NONE;
	return origin;
}

bool trace_point_has_origin(enum trace_point point)
{
	return points[point].origin != EVIDENCE_NONE;
}

bool trace_return_failed(const struct trace_return *call)
{
	switch (points[call->point].value) {
	case TRACE_VALUE_INT:
	case TRACE_VALUE_LONG:
		break;
	case TRACE_VALUE_POINTER:
	case TRACE_VALUE_BOOL:
	case TRACE_VALUE_ID:
		if (call->value == 0)
			return true;
		break;
	}
	return trace_return_errno(call) != 0;
}
