/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RULES_TEXT_MATCH_H
#define RULES_TEXT_MATCH_H

#include <stddef.h>

#include "rules/rules.h"

/* Longer lines are judged by their start. */
#define TEXT_LINE_MOST (64 * 1024)

/* More than one line can say; the patterns that come first in the table are kept. */
#define TEXT_HITS_MOST 32

/* A pattern that a line matched. */
struct text_hit {
	const struct text_pattern *pattern;
	const char *text;  /* the folded line, with the one before where a mail wrapped it;
			      valid until the next line */
	const char *start; /* where in @text the match begins */
};

struct text_matcher;

/* Makes a matcher for all of text_patterns. Returns 0, -ENOMEM or -E2BIG. */
int text_matcher_new(struct text_matcher **ret);
/* NULL is nothing to free. */
void text_matcher_free(struct text_matcher *matcher);

/*
 * Judges the next line, without its newline. Writes at most TEXT_HITS_MOST hits and returns
 * how many. A line that goes on from the one before is judged together with it, too.
 */
size_t text_matcher_line(struct text_matcher *matcher, const char *line, size_t length,
			 struct text_hit *hits);

/* The last line, folded; valid until the next one. */
const char *text_matcher_text(const struct text_matcher *matcher);

/* Where the folded @text matches the folded @pattern; NULL: nowhere. */
const char *text_pattern_find(const char *pattern, const char *text);

#endif
