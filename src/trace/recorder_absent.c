/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a build without libtracefs. */
#include <errno.h>

#include "trace/recorder.h"

struct trace_recorder *trace_recorder_open(const struct trace_names *names, long milliseconds,
					   const char **why)
{
	(void)names;
	(void)milliseconds;
	*why = "this build of iommu-diag has no libtracefs";
	return NULL;
}

void trace_recorder_clear(struct trace_recorder *recorder)
{
	(void)recorder;
}

int trace_recorder_read(struct trace_recorder *recorder, struct trace_return *ret)
{
	(void)recorder;
	(void)ret;
	return -ENOSYS;
}

bool trace_recorder_knows(const struct trace_recorder *recorder, enum trace_point point)
{
	(void)recorder;
	(void)point;
	return false;
}

int trace_recorder_close(struct trace_recorder *recorder)
{
	(void)recorder;
	return -ENOSYS;
}

int trace_remove(const struct trace_names *names)
{
	(void)names;
	return -ENOSYS;
}
