/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "cases.h"
#include "model/step.h"
#include "tests/unit/stanza.h"

static bool is_of_a_trial(const char *step)
{
	switch (step_from_name(step)) {
	case STEP_NONE:
	case STEP_SYSFS_SRIOV_NUMVFS:	 /* read before it */
	case STEP_GROUP_UNSET_CONTAINER: /* closing the group does it */
	case STEP_SYSFS_RESTORE:
		return false;
	default:
		return true;
	}
}

static bool is_on_iommufd(const char *step)
{
	static const char *const prefixes[] = {"iommufd.", "cdev.", "ioas.", "hwpt."};

	for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++)
		if (strncmp(step, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static int add(struct crash_case_list *list, const char *step, const char *err)
{
	struct crash_case *grown;

	for (size_t i = 0; i < list->n_cases; i++)
		if (strcmp(list->cases[i].step, step) == 0 && strcmp(list->cases[i].err, err) == 0)
			return 0;
	grown = reallocarray(list->cases, list->n_cases + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->cases = grown;
	grown += list->n_cases++;
	*grown = (struct crash_case){
		.loads_module = strcmp(step, "module.load") == 0,
		.on_iommufd = is_on_iommufd(step),
	};
	snprintf(grown->step, sizeof(grown->step), "%s", step);
	snprintf(grown->err, sizeof(grown->err), "%s", err);
	return 0;
}

static int read_file(const char *path, struct crash_case_list *list)
{
	AUTO_FCLOSE FILE *stream = fopen(path, "re");
	struct stanza stanza = {.file = path};
	int line = 0, result = stream ? 1 : -errno;

	while (result > 0 && (result = stanza_read(stream, &stanza, &line)) > 0) {
		const char *step = stanza_get(&stanza, "Step");
		const char *err = stanza_get(&stanza, "Errno");

		if (step && err && is_of_a_trial(step) && errno_from_name(err) != 0 &&
		    add(list, step, err) < 0)
			result = -ENOMEM;
		stanza_release(&stanza);
	}
	return result;
}

int crash_cases_read(struct crash_case_list *ret)
{
	struct crash_case_list list = {0};
	glob_t found;
	int result;

	if (glob(CASES "/*.case", 0, NULL, &found) != 0)
		return -ENOENT;
	result = 0;
	for (size_t i = 0; result == 0 && i < found.gl_pathc; i++)
		result = read_file(found.gl_pathv[i], &list);
	globfree(&found);
	*ret = list;
	return result;
}

void crash_cases_release(struct crash_case_list *list)
{
	free(list->cases);
	*list = (struct crash_case_list){0};
}
