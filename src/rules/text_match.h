/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RULES_TEXT_MATCH_H
#define RULES_TEXT_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/rules.h"

/* Longer lines are judged by their start. */
#define TEXT_LINE_MOST (64 * 1024)

/* More than one line can say; the patterns that come first are kept. */
#define TEXT_HITS_MOST 32

/* A pattern that a line matched. */
struct text_hit {
	const struct text_pattern *pattern;
	const char *text; /* the folded line, with the one before where a mail wrapped it;
			     valid until the next line */
	int err;	  /* the errno that the text names; 0: none */
};

/* What the caller knows already: a text of a verdict that ranks no higher adds nothing. */
struct text_known {
	unsigned floor;		       /* and none whose rank is not above this */
	unsigned ranks[VERDICT_COUNT]; /* by verdict; 0: not known */
};

struct text_matcher;

/* Makes a matcher for all of text_patterns. Returns 0, -ENOMEM or -E2BIG. */
int text_matcher_new(struct text_matcher **ret);
/* NULL is nothing to free. */
void text_matcher_free(struct text_matcher *matcher);

/*
 * Takes the next line, without its newline. Returns whether it may match anything; then
 * text_matcher_hits() says what.
 */
bool text_matcher_line(struct text_matcher *matcher, const char *line, size_t length);

/*
 * Judges the last line. Writes at most TEXT_HITS_MOST hits and returns how many. A line that
 * goes on from the one before is judged together with it, too; then @known does not count.
 */
size_t text_matcher_hits(struct text_matcher *matcher, const struct text_known *known,
			 struct text_hit *hits);

/* The last line, folded; valid until the next one. */
const char *text_matcher_text(const struct text_matcher *matcher);

#endif
