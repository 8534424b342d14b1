/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

enum verdict {
	VERDICT_NONE,
#define VERDICT(constant, id) VERDICT_##constant,
#include "model/verdict.def"
#undef VERDICT
	VERDICT_COUNT,
};

/* Ordered: a larger one is the stronger claim. */
enum confidence {
	CONFIDENCE_NONE,
	CONFIDENCE_POSSIBLE,
	CONFIDENCE_LIKELY,
	CONFIDENCE_CERTAIN,
};

enum outcome {
	OUTCOME_UNKNOWN,
	OUTCOME_PASS,
	OUTCOME_WARN,
	OUTCOME_FAIL,
	OUTCOME_REFUSED,
};

/* The id of @verdict ("group-not-viable"), NULL for VERDICT_NONE. Static. */
const char *verdict_id(enum verdict verdict);

/* The verdict whose id is @id, VERDICT_NONE where there is none. */
enum verdict verdict_from_id(const char *id);

/* The contract's words for these. Static; NULL for CONFIDENCE_NONE. */
const char *confidence_name(enum confidence confidence);
const char *outcome_name(enum outcome outcome);

#endif
