/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <string.h>

#include "model/verdict.h"

static const char *const ids[VERDICT_COUNT] = {
#define VERDICT(constant, id) [VERDICT_##constant] = id,
#include "model/verdict.def"
#undef VERDICT
};

const char *verdict_id(enum verdict verdict)
{
	return ids[verdict];
}

enum verdict verdict_from_id(const char *id)
{
	for (int i = VERDICT_NONE + 1; i < VERDICT_COUNT; i++)
		if (strcmp(ids[i], id) == 0)
			return (enum verdict)i;
	return VERDICT_NONE;
}

const char *confidence_name(enum confidence confidence)
{
	switch (confidence) {
	case CONFIDENCE_NONE:
		return NULL;
	case CONFIDENCE_POSSIBLE:
		return "possible";
	case CONFIDENCE_LIKELY:
		return "likely";
	case CONFIDENCE_CERTAIN:
		return "certain";
	}
	return NULL;
}

const char *outcome_name(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_UNKNOWN:
		return "unknown";
	case OUTCOME_PASS:
		return "pass";
	case OUTCOME_WARN:
		return "warn";
	case OUTCOME_FAIL:
		return "fail";
	case OUTCOME_REFUSED:
		return "refused";
	}
	return NULL;
}
