/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RULES_TEXT_PATTERN_H
#define RULES_TEXT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rows of text_patterns whose words are the same once they are folded. */
struct text_words {
	char *pattern; /* folded */
	size_t length;
	const char *literal; /* the beginning of the longest run of literal text in it */
	size_t literal_length;
	bool plain;	/* it is nothing but literal text */
	uint16_t *rows; /* of text_patterns, in their order; points into text_dictionary */
	size_t n_rows;
	unsigned rank;	 /* the best of the rows */
	bool has_errnos; /* an errno decides between them */
};

struct text_dictionary {
	struct text_words *words;
	size_t n_words;
	uint16_t *rows;
};

/*
 * Folds all of text_patterns and gathers the rows of equal words. To be released in any
 * case. Returns 0, -ENOMEM, or -E2BIG where there are more rows than a number holds.
 */
int text_dictionary_make(struct text_dictionary *dictionary);

/* Frees what it owns and zeroes it. */
void text_dictionary_release(struct text_dictionary *dictionary);

/* Whether @at, in the folded @text, is not in the middle of a word. */
bool text_begins_word(const char *text, const char *at);

/*
 * Where the folded @text matches the folded @pattern, at the beginning of a word where the
 * pattern begins with one ("rom" does not match "from"); NULL: nowhere.
 */
const char *text_pattern_find(const char *pattern, const char *text);

#endif
