/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>

#include "model/memlock_forecast.h"

const char *memlock_source_name(enum memlock_source source)
{
	switch (source) {
	case MEMLOCK_UNTOUCHED:
		return NULL;
	case MEMLOCK_HARD_LIMIT:
		return "hard_limit";
	case MEMLOCK_UNLIMITED:
		return "unlimited";
	case MEMLOCK_COMPUTED:
		return "computed";
	}
	return NULL;
}
