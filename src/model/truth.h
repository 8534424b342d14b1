/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_TRUTH_H
#define MODEL_TRUTH_H

#include <stdint.h>
#include <stdlib.h>

/* Unknown is 0, so that what nobody measured reads as unknown, never as "no". */
enum truth {
	TRUTH_UNKNOWN,
	TRUTH_NO,
	TRUTH_YES,
};

static inline enum truth truth_of(int condition)
{
	return condition ? TRUTH_YES : TRUTH_NO;
}

static inline enum truth truth_not(enum truth t)
{
	return t == TRUTH_UNKNOWN ? t : t == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
}

/* A fact of the host is known, known to be absent, or unknown; it is never guessed. */
enum fact_state {
	FACT_UNKNOWN,
	FACT_ABSENT,
	FACT_KNOWN,
};

/* @text is set where @state is FACT_KNOWN, and owned by the fact. */
struct fact_text {
	enum fact_state state;
	char *text;
};

struct fact_number {
	enum fact_state state;
	uint64_t number;
};

static inline void fact_text_release(struct fact_text *fact)
{
	free(fact->text);
	*fact = (struct fact_text){FACT_UNKNOWN, NULL};
}

#endif
