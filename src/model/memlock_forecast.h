/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_MEMLOCK_FORECAST_H
#define MODEL_MEMLOCK_FORECAST_H

#include <stdint.h>

#include "model/truth.h"

/* Where RLIMIT_MEMLOCK of a guest's process comes from. */
enum memlock_source {
	MEMLOCK_UNTOUCHED,  /* libvirt sets none: nothing is pinned, or no rule is known here */
	MEMLOCK_HARD_LIMIT, /* <hard_limit> of <memtune> */
	MEMLOCK_UNLIMITED,  /* <locked/> */
	MEMLOCK_COMPUTED,   /* guest memory for each address space, and 1 GiB */
};

/* Bytes; the two are FACT_UNKNOWN where no rule is known, the limit ABSENT where there is none. */
struct memlock_forecast {
	enum memlock_source source;
	struct fact_number limit;
	struct fact_number needed; /* at least */
	uint64_t spaces;	   /* address spaces that pin all of the guest's memory each */
	enum truth iommufd; /* whether iommufd accounts: YES where every device asks for it */
};

/* The word of the JSON: "hard_limit", "unlimited", "computed"; NULL for MEMLOCK_UNTOUCHED. */
const char *memlock_source_name(enum memlock_source source);

#endif
