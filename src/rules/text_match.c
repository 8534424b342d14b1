/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "rules/text_automaton.h"
#include "rules/text_errno.h"
#include "rules/text_fold.h"
#include "rules/text_match.h"
#include "rules/text_pattern.h"

/* Of the line before, as much as a message can have left there. */
#define TAIL_MOST 512

/* Words whose literal stands in a line. */
struct candidate {
	uint16_t words;
	const char *start; /* where words that are plain begin; NULL: to be searched */
};

struct candidates {
	struct candidate *entries;
	size_t n_entries;
};

struct text_matcher {
	struct text_dictionary dictionary;
	struct text_automaton automaton; /* of their literals */
	struct text_errnos *errnos;
	size_t *seen; /* number of the line that each of the words was last a candidate in */
	size_t n_lines;
	unsigned before, state;	     /* at the end of the line before, and of this one */
	struct candidates now, open; /* of this line; those that the one before left open */
	bool joined;		     /* this line goes on from the one before */
	char table[256];
	char *text; /* tail of the line before, a space, the line */
	size_t tail_length, length;
	const char *errno_text, *errno_start; /* where an errno was last looked for; NULL */
	int err;			      /* and what was found */
};

static int make_automaton(struct text_matcher *matcher)
{
	const struct text_dictionary *dictionary = &matcher->dictionary;
	size_t n = dictionary->n_words;
	char **literals = calloc(n + 1, sizeof(*literals));
	int r = literals ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct text_words *words = &dictionary->words[i];

		literals[i] = strndup(words->literal, words->literal_length);
		r = literals[i] ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = text_automaton_build(&matcher->automaton, literals, n);
	for (size_t i = 0; literals && i < n; i++)
		free(literals[i]);
	free(literals);
	return r;
}

int text_matcher_new(struct text_matcher **ret)
{
	struct text_matcher *matcher = calloc(1, sizeof(*matcher));
	int r = matcher ? text_dictionary_make(&matcher->dictionary) : -ENOMEM;
	size_t n = r == 0 ? matcher->dictionary.n_words : 0;

	*ret = NULL;
	if (r == 0)
		r = make_automaton(matcher);
	if (r == 0)
		r = text_errnos_new(&matcher->errnos);
	if (r == 0) {
		matcher->seen = calloc(n, sizeof(*matcher->seen));
		matcher->now.entries = calloc(n, sizeof(*matcher->now.entries));
		matcher->open.entries = calloc(n, sizeof(*matcher->open.entries));
		matcher->text = calloc(1, TAIL_MOST + 1 + TEXT_LINE_MOST + 1);
		text_fold_table(matcher->table);
		if (!matcher->seen || !matcher->now.entries || !matcher->open.entries ||
		    !matcher->text)
			r = -ENOMEM;
	}
	if (r == 0)
		*ret = matcher;
	else
		text_matcher_free(matcher);
	return r;
}

void text_matcher_free(struct text_matcher *matcher)
{
	if (!matcher)
		return;
	text_automaton_release(&matcher->automaton);
	text_dictionary_release(&matcher->dictionary);
	text_errnos_free(matcher->errnos);
	free(matcher->seen);
	free(matcher->now.entries);
	free(matcher->open.entries);
	free(matcher->text);
	free(matcher);
}

/* The words whose literals end at @end. */
static void note_candidates(struct text_matcher *matcher, unsigned state, const char *end)
{
	const struct text_automaton *automaton = &matcher->automaton;
	struct candidates *now = &matcher->now;

	for (state &= ~TEXT_STATE_HIT; state != 0; state = automaton->shorter[state]) {
		for (unsigned i = automaton->first[state]; i != 0; i = automaton->same[i - 1]) {
			const struct text_words *words = &matcher->dictionary.words[i - 1];
			const char *start = end - words->literal_length;

			if (matcher->seen[i - 1] == matcher->n_lines)
				continue;
			matcher->seen[i - 1] = matcher->n_lines;
			if (!words->plain || !text_begins_word(matcher->text, start))
				start = NULL;
			now->entries[now->n_entries++] =
				(struct candidate){.words = (uint16_t)(i - 1), .start = start};
		}
	}
}

/*
 * Whether what @line says goes on from the line before: mails and terminals break long
 * lines before a word, while a message of its own begins with a time, a name and a colon,
 * or a bracket. A shell names the file that it could not write only in the command before.
 */
static bool goes_on(const char *line, size_t length)
{
	size_t words = 0;

	if (length > 0 && *line == ' ') {
		line++;
		length--;
	}
	if (length < TAIL_MOST && strstr(line, ": write error"))
		return true;
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

/* Keeps the end of the last line in front of the new one. */
static char *turn_line(struct text_matcher *matcher)
{
	size_t keep = matcher->length < TAIL_MOST ? matcher->length : TAIL_MOST;
	const char *end = text_matcher_text(matcher) + matcher->length;
	struct candidates done = matcher->open;

	memmove(matcher->text, end - keep, keep);
	matcher->text[keep] = ' ';
	matcher->tail_length = keep;
	matcher->n_lines++;
	matcher->before = matcher->state;
	matcher->errno_text = NULL;
	matcher->open = matcher->now;
	matcher->now = done;
	matcher->now.n_entries = 0;
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
			note_candidates(matcher, state, folded + n);
	}
	folded[n] = '\0';
	matcher->state = state;
	return n;
}

/* The state after the line before and a space, run on over @folded. */
static void scan_joined(struct text_matcher *matcher, const char *folded)
{
	unsigned state = text_automaton_step(&matcher->automaton, matcher->before, ' ');

	for (const char *c = folded + (*folded == ' '); *c; c++) {
		state = text_automaton_step(&matcher->automaton, state, *c);
		if (state & TEXT_STATE_HIT)
			note_candidates(matcher, state, c + 1);
		/* From here on the line alone was seen already. */
		if (c - folded > TAIL_MOST)
			return;
	}
}

bool text_matcher_line(struct text_matcher *matcher, const char *line, size_t length)
{
	char *folded = turn_line(matcher);

	if (length > TEXT_LINE_MOST)
		length = TEXT_LINE_MOST;
	matcher->length = scan(matcher, line, length, folded);
	matcher->joined = matcher->tail_length > 0 && goes_on(folded, matcher->length);
	if (matcher->joined)
		scan_joined(matcher, folded);
	else
		matcher->open.n_entries = 0;
	return matcher->now.n_entries + matcher->open.n_entries > 0;
}

static bool errno_fits(const struct text_pattern *pattern, int err)
{
	if (pattern->errnos[0] == 0)
		return true;
	for (const int *wanted = pattern->errnos; *wanted; wanted++)
		if (*wanted == err)
			return true;
	return false;
}

/* Most words of a line begin at the same place. */
static int errno_behind(struct text_matcher *matcher, const char *text, const char *start)
{
	if (matcher->errno_text != text || matcher->errno_start != start) {
		matcher->errno_text = text;
		matcher->errno_start = start;
		matcher->err = text_errnos_find(matcher->errnos, text, start);
	}
	return matcher->err;
}

static bool adds(const struct text_pattern *pattern, const struct text_known *known)
{
	return pattern->rank > known->floor && pattern->rank > known->ranks[pattern->verdict];
}

static bool any_adds(const struct text_words *words, const struct text_known *known)
{
	if (words->rank <= known->floor)
		return false;
	for (size_t i = 0; i < words->n_rows; i++)
		if (adds(&text_patterns[words->rows[i]], known))
			return true;
	return false;
}

/* Whether the errno @err has a meaning of its own beside these words. */
static bool is_decided(const struct text_words *words, int err)
{
	for (size_t i = 0; i < words->n_rows; i++) {
		const struct text_pattern *pattern = &text_patterns[words->rows[i]];

		if (pattern->errnos[0] != 0 && errno_fits(pattern, err))
			return true;
	}
	return false;
}

/*
 * Adds the rows of the candidate's words that @text matches. What the words mean beside any
 * errno does not count where the errno decides. Returns false where the next line may still
 * bring what is missing: the rest of the words, or an errno.
 */
static bool judge(struct text_matcher *matcher, const struct candidate *candidate, const char *text,
		  const struct text_known *known, struct text_hit *hits, size_t *n_hits)
{
	const struct text_words *words = &matcher->dictionary.words[candidate->words];
	const char *start = candidate->start;
	bool decided;
	int err;

	/* Where plain words begin was noted: in the line, or across its beginning. */
	if (!start || start < text || strncmp(start, words->pattern, words->length) != 0)
		start = text_pattern_find(words->pattern, text);
	if (!start)
		return false;
	err = errno_behind(matcher, text, start);
	decided = words->has_errnos && is_decided(words, err);
	for (size_t i = 0; i < words->n_rows && *n_hits < TEXT_HITS_MOST; i++) {
		const struct text_pattern *pattern = &text_patterns[words->rows[i]];

		if (!adds(pattern, known) || !errno_fits(pattern, err) ||
		    (decided && pattern->errnos[0] == 0))
			continue;
		hits[(*n_hits)++] = (struct text_hit){.pattern = pattern, .text = text, .err = err};
	}
	return !words->has_errnos || err != 0;
}

size_t text_matcher_hits(struct text_matcher *matcher, const struct text_known *known,
			 struct text_hit *hits)
{
	static const struct text_known nothing;
	const char *folded = text_matcher_text(matcher);
	struct candidates *now = &matcher->now;
	size_t n_hits = 0, kept = 0;

	if (matcher->joined)
		known = &nothing;
	for (size_t i = 0; i < matcher->open.n_entries; i++) {
		struct candidate old = {.words = matcher->open.entries[i].words};

		if (matcher->seen[old.words] != matcher->n_lines)
			judge(matcher, &old, matcher->text, known, hits, &n_hits);
	}
	for (size_t i = 0; i < now->n_entries; i++) {
		struct candidate *candidate = &now->entries[i];

		if (!any_adds(&matcher->dictionary.words[candidate->words], known))
			continue;
		if (judge(matcher, candidate, folded, known, hits, &n_hits))
			continue;
		candidate->start = NULL;
		if (!matcher->joined ||
		    !judge(matcher, candidate, matcher->text, known, hits, &n_hits))
			now->entries[kept++] = *candidate;
	}
	now->n_entries = kept;
	return n_hits;
}
