/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

enum step {
	STEP_NONE,
#define STEP(constant, name, class) STEP_##constant,
#include "model/step.def"
#undef STEP
	STEP_COUNT,
};

enum step_class {
	STEP_CLASS_READ,
	STEP_CLASS_FD,
	STEP_CLASS_RESET,
	STEP_CLASS_KNOB,
	STEP_CLASS_MODULE,
};

/* The contract's name of @step; NULL for STEP_NONE. Static. */
const char *step_name(enum step step);

/* The step that the contract calls @name, STEP_NONE where there is none. */
enum step step_from_name(const char *name);

/* What @step leaves behind. */
enum step_class step_class(enum step step);

/*
 * How the kernel is reached. PATH_PASSIVE: nothing of VFIO was opened or written. PATH_DOMAIN: of
 * rules only, which judge what a guest's definition asks for.
 */
enum access_path {
	PATH_PASSIVE,
	PATH_TYPE1,
	PATH_IOMMUFD,
	PATH_DOMAIN,
};

/* The contract's name of @path. Static. */
const char *access_path_name(enum access_path path);

#endif
