/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRACE_POINTS_H
#define TRACE_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/evidence.h"

/* A kernel function whose return value is recorded. */
enum trace_point {
#define POINT(constant, depth, returns, origin, symbol) TRACE_POINT_##constant,
#include "trace/points.def"
#undef POINT
	TRACE_POINT_COUNT,
};

/* What a function returns, and so how it says that it failed. */
enum trace_value {
	TRACE_VALUE_INT,     /* -errno */
	TRACE_VALUE_LONG,    /* -errno */
	TRACE_VALUE_POINTER, /* ERR_PTR() or NULL */
	TRACE_VALUE_BOOL,    /* false */
	TRACE_VALUE_ID,	     /* 0 or -errno */
};

/* One return of one function in the traced thread. */
struct trace_return {
	enum trace_point point;
	int64_t value;	/* sign-extended from what the function returns */
	uint64_t stack; /* the stack pointer then: the deeper the call, the smaller */
};

/* The function at @point. Static. */
const char *trace_point_symbol(enum trace_point point);

/* The point whose function is @symbol, TRACE_POINT_COUNT where there is none. */
enum trace_point trace_point_from_symbol(const char *symbol);

/* How deep it is called: a caller has a smaller depth. */
unsigned trace_point_depth(enum trace_point point);

/* What it returns. */
enum trace_value trace_point_value(enum trace_point point);

/* Whether @point can be evidence where it produced an errno; the others only show the way. */
bool trace_point_has_origin(enum trace_point point);

/* Whether @call says that its function failed. */
bool trace_return_failed(const struct trace_return *call);

/* The positive errno that @call gave, 0 where it gave none (success, NULL, false). */
int trace_return_errno(const struct trace_return *call);

/* The evidence that holds where @call produced the errno, or EVIDENCE_NONE. */
enum evidence trace_return_origin(const struct trace_return *call);

#endif
