/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rules/text_automaton.h"
#include "rules/text_fold.h"
#include "rules/text_match.h"

/* Of the line before, as much as a message can have left there. */
#define TAIL_MOST 512

/* An address beyond what 40 bits hold: no IOMMU of 39 bits, and few of 40, reach it. */
#define WIDE_DIGITS 11

struct text_matcher {
	struct text_automaton automaton;
	char **patterns; /* folded, as in text_patterns */
	size_t *judged;	 /* number of the line that each was last a candidate in */
	size_t n_lines;
	unsigned state; /* at the end of the line before */
	uint16_t *candidates;
	size_t n_candidates;
	char table[256];
	char *text;		 /* tail of the line before, a space, the line */
	const char *errno_start; /* where an errno of the line was last looked for; NULL */
	int err;		 /* and what was found */
	size_t tail_length, length;
};

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

const char *text_pattern_find(const char *pattern, const char *text)
{
	for (text = strchr(text, pattern[0]); text; text = strchr(text + 1, pattern[0])) {
		const char *end = differs(pattern, text) ? NULL : match_piece(pattern, text);

		if (end && match_rest(pattern, end))
			return text;
	}
	return NULL;
}

/* The longest run of literal text in @pattern: the rarest in a line that is not meant. */
static char *longest_literal(const char *pattern)
{
	const char *best = pattern;
	size_t most = 0;

	while (*pattern != '\0') {
		size_t length = strcspn(pattern, "*#@");

		if (length > most) {
			best = pattern;
			most = length;
		}
		pattern += length;
		pattern += strspn(pattern, "*#@");
	}
	return strndup(best, most);
}

static int fold_patterns(struct text_matcher *matcher, char **literals)
{
	for (size_t i = 0; i < text_patterns_count; i++) {
		const char *pattern = text_patterns[i].pattern;
		char *folded = calloc(1, strlen(pattern) + 1);

		if (!folded)
			return -ENOMEM;
		text_fold(pattern, strlen(pattern), folded);
		matcher->patterns[i] = folded;
		literals[i] = longest_literal(folded);
		if (!literals[i])
			return -ENOMEM;
	}
	return 0;
}

int text_matcher_new(struct text_matcher **ret)
{
	struct text_matcher *matcher = calloc(1, sizeof(*matcher));
	char **literals = calloc(text_patterns_count, sizeof(*literals));
	int r = -ENOMEM;

	if (matcher && literals) {
		matcher->patterns = calloc(text_patterns_count, sizeof(*matcher->patterns));
		matcher->judged = calloc(text_patterns_count, sizeof(*matcher->judged));
		matcher->candidates = calloc(text_patterns_count, sizeof(*matcher->candidates));
		matcher->text = calloc(1, TAIL_MOST + 1 + TEXT_LINE_MOST + 1);
		text_fold_table(matcher->table);
		if (matcher->patterns && matcher->judged && matcher->candidates && matcher->text)
			r = fold_patterns(matcher, literals);
	}
	if (r == 0)
		r = text_automaton_build(&matcher->automaton, literals, text_patterns_count);
	for (size_t i = 0; literals && i < text_patterns_count; i++)
		free(literals[i]);
	free(literals);
	if (r < 0) {
		text_matcher_free(matcher);
		matcher = NULL;
	}
	*ret = matcher;
	return r;
}

void text_matcher_free(struct text_matcher *matcher)
{
	if (!matcher)
		return;
	text_automaton_release(&matcher->automaton);
	for (size_t i = 0; matcher->patterns && i < text_patterns_count; i++)
		free(matcher->patterns[i]);
	free(matcher->patterns);
	free(matcher->judged);
	free(matcher->candidates);
	free(matcher->text);
	free(matcher);
}

static void note_candidates(struct text_matcher *matcher, unsigned state)
{
	const struct text_automaton *automaton = &matcher->automaton;

	for (state &= ~TEXT_STATE_HIT; state != 0; state = automaton->shorter[state]) {
		for (unsigned i = automaton->first[state]; i != 0; i = automaton->same[i - 1]) {
			if (matcher->judged[i - 1] == matcher->n_lines)
				continue;
			matcher->judged[i - 1] = matcher->n_lines;
			matcher->candidates[matcher->n_candidates++] = (uint16_t)(i - 1);
		}
	}
}

/*
 * Whether what @line says goes on from the line before: mails and terminals break long
 * lines before a word, while a message of its own begins with a time, a name and a colon,
 * or a bracket.
 */
static bool goes_on(const char *line, size_t length)
{
	size_t words = 0;

	if (length > 0 && *line == ' ') {
		line++;
		length--;
	}
	if (length == 0 || *line < 'a' || *line > 'z')
		return false;
	for (size_t i = 0; i < length && words < 2; i++) {
		if (line[i] == ':')
			return false;
		words += line[i] == ' ';
	}
	return true;
}

const char *text_matcher_text(const struct text_matcher *matcher)
{
	return matcher->text + (matcher->tail_length ? matcher->tail_length + 1 : 0);
}

/* Keeps the end of the last line, and drops it where the new one begins afresh. */
static char *turn_line(struct text_matcher *matcher)
{
	size_t keep = matcher->length < TAIL_MOST ? matcher->length : TAIL_MOST;
	const char *end = text_matcher_text(matcher) + matcher->length;

	memmove(matcher->text, end - keep, keep);
	matcher->text[keep] = ' ';
	matcher->tail_length = keep;
	matcher->n_lines++;
	matcher->errno_start = NULL;
	return matcher->text + (keep ? keep + 1 : 0);
}

static size_t scan(struct text_matcher *matcher, const char *line, size_t length, char *folded)
{
	const char *end = line + length;
	unsigned state = TEXT_STATE_START;
	char before = ' ';
	size_t n = 0;

	while (line < end) {
		char c = matcher->table[(unsigned char)*line];

		if (c == TEXT_SPECIAL) {
			c = text_fold_special(&line, end, before);
			if (c == TEXT_SPECIAL)
				continue;
		} else {
			line++;
		}
		folded[n++] = before = c;
		state = text_automaton_step(&matcher->automaton, state, c);
		if (state & TEXT_STATE_HIT)
			note_candidates(matcher, state);
	}
	folded[n] = '\0';
	matcher->state = state;
	return n;
}

/* The state after the line before and a space, run on over @folded. */
static void scan_joined(struct text_matcher *matcher, unsigned state, const char *folded)
{
	state = text_automaton_step(&matcher->automaton, state, ' ');
	for (const char *c = folded + (*folded == ' '); *c; c++) {
		state = text_automaton_step(&matcher->automaton, state, *c);
		if (state & TEXT_STATE_HIT)
			note_candidates(matcher, state);
		/* From here on the line alone was seen already. */
		if (c - folded > TAIL_MOST)
			return;
	}
}

static bool errno_fits(const struct text_pattern *pattern, int err)
{
	for (const int *wanted = pattern->errnos; *wanted; wanted++)
		if (*wanted == err)
			return true;
	return false;
}

/* Several patterns with one beginning ask for one errno. */
static int errno_behind(struct text_matcher *matcher, const char *text, const char *start)
{
	if (matcher->errno_start != start) {
		matcher->errno_start = start;
		matcher->err = text_errno(text, start);
	}
	return matcher->err;
}

static bool judge(struct text_matcher *matcher, size_t candidate, const char *text,
		  struct text_hit *hit)
{
	const char *start = text_pattern_find(matcher->patterns[candidate], text);

	if (!start)
		return false;
	hit->pattern = &text_patterns[candidate];
	hit->text = text;
	hit->start = start;
	return hit->pattern->errnos[0] == 0 ||
	       errno_fits(hit->pattern, errno_behind(matcher, text, start));
}

size_t text_matcher_line(struct text_matcher *matcher, const char *line, size_t length,
			 struct text_hit *hits)
{
	unsigned before = matcher->state;
	size_t n_before = matcher->n_candidates, n_hits = 0, kept = 0;
	char *folded = turn_line(matcher);
	bool joined;

	if (length > TEXT_LINE_MOST)
		length = TEXT_LINE_MOST;
	/* The candidates of the line before that it could not decide alone stand first. */
	for (size_t i = 0; i < n_before; i++)
		matcher->judged[matcher->candidates[i]] = matcher->n_lines;
	matcher->length = scan(matcher, line, length, folded);
	joined = matcher->tail_length > 0 && goes_on(folded, matcher->length);
	if (joined)
		scan_joined(matcher, before, folded);
	for (size_t i = 0; i < matcher->n_candidates && n_hits < TEXT_HITS_MOST; i++) {
		uint16_t candidate = matcher->candidates[i];

		if (judge(matcher, candidate, folded, &hits[n_hits]) ||
		    (joined && judge(matcher, candidate, matcher->text, &hits[n_hits])))
			n_hits++;
		else if (i >= n_before)
			matcher->candidates[kept++] = candidate;
	}
	matcher->n_candidates = kept;
	return n_hits;
}
