/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <string.h>

#include "model/step.h"

static const struct {
	const char *name;
	enum step_class class;
} steps[STEP_COUNT] = {
#define STEP(constant, text, kind) [STEP_##constant] = {text, STEP_CLASS_##kind},
#include "model/step.def"
#undef STEP
};

const char *step_name(enum step step)
{
	return steps[step].name;
}

enum step step_from_name(const char *name)
{
	for (int i = STEP_NONE + 1; i < STEP_COUNT; i++)
		if (strcmp(steps[i].name, name) == 0)
			return (enum step)i;
	return STEP_NONE;
}

enum step_class step_class(enum step step)
{
	return steps[step].class;
}

const char *access_path_name(enum access_path path)
{
	switch (path) {
	case PATH_PASSIVE:
		return "passive";
	case PATH_TYPE1:
		return "type1";
	case PATH_IOMMUFD:
		return "iommufd";
	case PATH_DOMAIN:
		return "domain";
	}
	return NULL;
}
