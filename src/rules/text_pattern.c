/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "rules/rules.h"
#include "rules/text_fold.h"
#include "rules/text_pattern.h"

/* An address beyond what 40 bits hold: no IOMMU of 39 bits, and few of 40, reach it. */
#define WIDE_DIGITS 11

/* Matches @pattern up to its end or its next "*". Returns where the text goes on, or NULL. */
static const char *match_piece(const char *pattern, const char *text)
{
	for (; *pattern != '\0' && *pattern != '*'; pattern++) {
		if (*pattern == '#' || *pattern == '@') {
			const char *digits = text;

			while (isxdigit((unsigned char)*text))
				text++;
			if (text - digits < (*pattern == '@' ? WIDE_DIGITS : 1))
				return NULL;
		} else if (*text++ != *pattern) {
			return NULL;
		}
	}
	return text;
}

/* Whether a piece cannot begin at @text: its first two characters, where they are literal. */
static inline bool differs(const char *piece, const char *text)
{
	if (*piece == '#' || *piece == '@')
		return false;
	if (*piece != *text)
		return true;
	return piece[1] != text[1] && piece[1] != '\0' && piece[1] != '#' && piece[1] != '@' &&
	       piece[1] != '*';
}

/* What follows the first piece: each next one within TEXT_GAP of the one before. */
static bool match_rest(const char *pattern, const char *text)
{
	for (pattern = strchr(pattern, '*'); pattern; pattern = strchr(pattern, '*')) {
		const char *end = NULL;

		pattern++;
		for (size_t gap = 0; gap <= TEXT_GAP && !end && text[gap] != '\0'; gap++)
			if (!differs(pattern, text + gap))
				end = match_piece(pattern, text + gap);
		if (!end)
			return false;
		text = end;
	}
	return true;
}

bool text_begins_word(const char *text, const char *at)
{
	return at == text || !isalnum((unsigned char)*at) || !isalnum((unsigned char)at[-1]);
}

const char *text_pattern_find(const char *pattern, const char *text)
{
	for (const char *at = strchr(text, pattern[0]); at; at = strchr(at + 1, pattern[0])) {
		const char *end = differs(pattern, at) ? NULL : match_piece(pattern, at);

		if (end && text_begins_word(text, at) && match_rest(pattern, end))
			return at;
	}
	return NULL;
}

/* So much of it is rare enough; more would only spread the automaton over the cache. */
#define LITERAL_MOST 12

/* The longest run of literal text: the rarest in a line that is not meant. */
static void find_literal(struct text_words *words)
{
	const char *pattern = words->pattern;

	words->literal_length = 0;
	while (*pattern != '\0') {
		size_t length = strcspn(pattern, "*#@");

		if (length > words->literal_length) {
			words->literal = pattern;
			words->literal_length = length;
		}
		pattern += length;
		pattern += strspn(pattern, "*#@");
	}
	words->length = strlen(words->pattern);
	words->plain = words->literal_length == words->length;
	if (words->literal_length > LITERAL_MOST)
		words->literal_length = LITERAL_MOST;
}

struct folded_row {
	char *folded;
	uint16_t row;
};

static int compare(const void *a, const void *b)
{
	const struct folded_row *x = a, *y = b;
	int order = strcmp(x->folded, y->folded);

	return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int fold_rows(struct folded_row *rows)
{
	for (size_t i = 0; i < text_patterns_count; i++) {
		const char *pattern = text_patterns[i].pattern;

		rows[i].folded = calloc(1, strlen(pattern) + 1);
		rows[i].row = (uint16_t)i;
		if (!rows[i].folded)
			return -ENOMEM;
		text_fold(pattern, strlen(pattern), rows[i].folded);
	}
	qsort(rows, text_patterns_count, sizeof(*rows), compare);
	return 0;
}

/* Takes over the folded texts of @rows, which are sorted; equal ones become one. */
static void gather(struct text_dictionary *dictionary, struct folded_row *rows)
{
	struct text_words *words = NULL;

	for (size_t i = 0; i < text_patterns_count; i++) {
		const struct text_pattern *pattern = &text_patterns[rows[i].row];

		if (!words || strcmp(words->pattern, rows[i].folded) != 0) {
			words = &dictionary->words[dictionary->n_words++];
			words->pattern = rows[i].folded;
			rows[i].folded = NULL;
			words->rows = &dictionary->rows[i];
			find_literal(words);
		}
		dictionary->rows[i] = rows[i].row;
		words->n_rows++;
		words->rank = pattern->rank > words->rank ? pattern->rank : words->rank;
		words->has_errnos = words->has_errnos || pattern->errnos[0] != 0;
	}
}

int text_dictionary_make(struct text_dictionary *dictionary)
{
	AUTO_FREE struct folded_row *rows = calloc(text_patterns_count, sizeof(*rows));
	int r = -ENOMEM;

	*dictionary = (struct text_dictionary){
		.words = calloc(text_patterns_count, sizeof(*dictionary->words)),
		.rows = calloc(text_patterns_count, sizeof(*dictionary->rows)),
	};
	if (text_patterns_count >= UINT16_MAX)
		return -E2BIG;
	if (rows && dictionary->words && dictionary->rows)
		r = fold_rows(rows);
	if (r == 0)
		gather(dictionary, rows);
	for (size_t i = 0; rows && i < text_patterns_count; i++)
		free(rows[i].folded);
	return r;
}

void text_dictionary_release(struct text_dictionary *dictionary)
{
	for (size_t i = 0; i < dictionary->n_words; i++)
		free(dictionary->words[i].pattern);
	free(dictionary->words);
	free(dictionary->rows);
	*dictionary = (struct text_dictionary){0};
}
