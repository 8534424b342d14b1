/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "iommu-diag/explain.h"
#include "rules/text_match.h"

/* How far below a text's own verdict stands what it can mean as well. */
#define ALTERNATIVE_BELOW 25
#define ALTERNATIVE_LEAST 5

/* What is read at once. A longer line is judged by its start. */
#define BLOCK_SIZE (4 * TEXT_LINE_MOST)

/* A longer text is about more than one thing. */
#define SHORT_TEXT_LINES 16

struct reader {
	struct explain_subject subject;
	struct text_matcher *matcher;
	struct finding_list *list;
	const struct text_pattern **patterns; /* of the list's findings, beside them */
	size_t number;			      /* of the line */
	struct finding names;		      /* the device that the line names */
	struct text_known known;	      /* what the list says of that device already */
	bool is_new;			      /* the list changed since */
};

/* Whether @a and @b are about one device, or both about none. */
static bool same_device(const struct finding *a, const struct finding *b)
{
	return a->has_device == b->has_device &&
	       (!a->has_device || pci_address_equal(&a->device, &b->device));
}

/*
 * Where @seen goes: a place of its own, that of a weaker sight of the same, or, once the
 * list is full, that of the weakest. NULL where it adds nothing, or without memory (then
 * *ret is set).
 */
static struct finding *find_place(struct finding_list *list, const struct finding *seen, int *ret)
{
	struct finding *weakest = NULL;

	for (size_t i = 0; i < list->n_findings; i++) {
		struct finding *known = &list->findings[i];

		if (known->verdict == seen->verdict && same_device(known, seen))
			return known->rank < seen->rank ? known : NULL;
		if (!weakest || known->rank < weakest->rank)
			weakest = known;
	}
	if (list->n_findings >= EXPLAIN_FINDINGS_MOST)
		return weakest->rank < seen->rank ? weakest : NULL;
	weakest = finding_list_add(list, seen->verdict, seen->confidence);
	if (!weakest)
		*ret = -ENOMEM;
	return weakest;
}

/*
 * What a line on the device of the last one, folded in @text, would have to rank above to add
 * anything. A log repeats itself: most of its lines are not looked at any further.
 */
static const struct text_known *note_known(struct reader *reader, const char *text)
{
	const struct finding_list *list = reader->list;
	struct text_known *known = &reader->known;
	struct finding names = {0};

	names.has_device = explain_find_device(text, &names.device);
	if (!reader->is_new && same_device(&names, &reader->names))
		return known;
	reader->is_new = false;
	reader->names = names;
	*known = (struct text_known){0};
	if (list->n_findings >= EXPLAIN_FINDINGS_MOST)
		known->floor = UINT_MAX;
	for (size_t i = 0; i < list->n_findings; i++) {
		const struct finding *finding = &list->findings[i];

		if (finding->rank < known->floor)
			known->floor = finding->rank;
		if (same_device(finding, &names))
			known->ranks[finding->verdict] = finding->rank;
	}
	return known;
}

/* Looks at a folded line for the one device and the one group that a short text is about. */
static void note_subject(struct explain_subject *subject, const char *text)
{
	struct pci_address device;
	int group = explain_find_group(text);

	if (explain_find_device(text, &device) &&
	    (subject->n_devices == 0 || !pci_address_equal(&device, &subject->device))) {
		subject->device = device;
		subject->n_devices++;
	}
	if (group >= 0 && (subject->n_groups == 0 || group != subject->group)) {
		subject->group = group;
		subject->n_groups++;
	}
}

/* Where a line names nothing, but the text around it names one thing, it means that. */
static void apply_subject(const struct reader *reader, struct finding *finding)
{
	const struct explain_subject *subject = &reader->subject;

	if (reader->number > SHORT_TEXT_LINES)
		return;
	if (!finding->has_device && subject->n_devices == 1) {
		finding->has_device = true;
		finding->device = subject->device;
	}
	if (finding->group < 0 && subject->n_groups == 1)
		finding->group = subject->group;
}

static int take_hit(struct reader *reader, const struct text_hit *hit, const char *line,
		    size_t length)
{
	const struct text_pattern *pattern = hit->pattern;
	struct finding seen = {.verdict = pattern->verdict,
			       .confidence = pattern->confidence,
			       .rank = pattern->rank,
			       .line = reader->number,
			       .step = pattern->step};
	struct finding *place;
	int r = 0;

	seen.has_device = explain_find_device(hit->text, &seen.device);
	place = find_place(reader->list, &seen, &r);
	if (!place)
		return r;
	seen.group = explain_find_group(hit->text);
	seen.err = hit->err;
	reader->is_new = true;
	free(place->matched);
	*place = seen;
	reader->patterns[place - reader->list->findings] = pattern;
	place->matched = malloc(length + 1);
	if (!place->matched)
		return -ENOMEM;
	/* What is no text is shown by the writers; only a zero byte would end it early. */
	for (size_t i = 0; i < length; i++)
		place->matched[i] = line[i] ? line[i] : ' ';
	place->matched[length] = '\0';
	return 0;
}

static int take_line(struct reader *reader, const char *line, size_t length)
{
	struct text_hit hits[TEXT_HITS_MOST];
	const struct text_known *known;
	const char *text;
	bool matches;
	size_t n = 0;
	int r = 0;

	reader->number++;
	if (length > TEXT_LINE_MOST)
		length = TEXT_LINE_MOST;
	while (length > 0 && isspace((unsigned char)line[length - 1]))
		length--;
	matches = text_matcher_line(reader->matcher, line, length);
	text = text_matcher_text(reader->matcher);
	if (reader->number <= SHORT_TEXT_LINES)
		note_subject(&reader->subject, text);
	if (matches) {
		known = note_known(reader, text);
		n = text_matcher_hits(reader->matcher, known, hits);
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = take_hit(reader, &hits[i], line, length);
	return r;
}

/*
 * Takes the whole lines of @block. Returns how much of it is done, all of it where
 * @at_end; what is left is the start of a line.
 */
static size_t take_block(struct reader *reader, const char *block, size_t size, bool at_end,
			 int *ret)
{
	const char *line = block, *end = block + size, *newline;

	while (*ret == 0 && (newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
		*ret = take_line(reader, line, (size_t)(newline - line));
		line = newline + 1;
	}
	if (*ret == 0 && at_end && line < end) {
		*ret = take_line(reader, line, (size_t)(end - line));
		line = end;
	}
	return (size_t)(line - block);
}

static int read_all(struct reader *reader, FILE *file)
{
	AUTO_FREE char *block = malloc(BLOCK_SIZE);
	size_t kept = 0;
	bool long_line = false, at_end = false;
	int r = block ? 0 : -ENOMEM;

	while (r == 0 && !at_end) {
		size_t size = kept + fread(block + kept, 1, BLOCK_SIZE - kept, file), done = 0;

		at_end = size < BLOCK_SIZE;
		if (long_line) { /* its start was judged; skip to the next line */
			const char *newline = memchr(block, '\n', size);

			long_line = !newline;
			done = newline ? (size_t)(newline - block) + 1 : size;
		}
		done += take_block(reader, block + done, size - done, at_end, &r);
		if (r == 0 && done == 0 && size == BLOCK_SIZE) {
			r = take_line(reader, block, size);
			done = size;
			long_line = true;
		}
		kept = size - done;
		memmove(block, block + done, kept);
	}
	return r == 0 && ferror(file) ? -EIO : r;
}

/* The root cause first; of equals the earlier line, which is nearer to it. */
static int compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->verdict > y->verdict) - (x->verdict < y->verdict);
}

void explain_sort(struct finding_list *list)
{
	if (list->n_findings > 0)
		qsort(list->findings, list->n_findings, sizeof(*list->findings), compare);
}

static size_t find_root(const struct finding_list *list)
{
	size_t root = 0;

	for (size_t i = 1; i < list->n_findings; i++)
		if (compare(&list->findings[i], &list->findings[root]) < 0)
			root = i;
	return root;
}

/* What the root's line can mean as well, unless another line says so. */
static int add_alternatives(struct finding_list *list, size_t root,
			    const struct text_pattern *pattern)
{
	unsigned below = ALTERNATIVE_BELOW;

	for (const enum verdict *also = pattern->also; also && *also != VERDICT_NONE; also++) {
		const struct finding *from;
		struct finding *finding;
		bool known = false;

		for (size_t i = 0; i < list->n_findings; i++)
			known = known || list->findings[i].verdict == *also;
		if (known)
			continue;
		finding = finding_list_add(list, *also, CONFIDENCE_POSSIBLE);
		if (!finding)
			return -ENOMEM;
		from = &list->findings[root];
		finding->rank = from->rank > below + ALTERNATIVE_LEAST ? from->rank - below
								       : ALTERNATIVE_LEAST;
		below++;
		finding->line = from->line;
		finding->has_device = from->has_device;
		finding->device = from->device;
		finding->group = from->group;
		finding->step = from->step;
		finding->err = from->err;
		finding->matched = strdup(from->matched);
		if (!finding->matched)
			return -ENOMEM;
	}
	return 0;
}

/* Consequences explain nothing beside their cause. @patterns follows. */
static void drop_consequences(struct finding_list *list, const struct text_pattern **patterns)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n_findings; i++) {
		if (list->findings[i].rank <= TEXT_RANK_FOLLOW_UP) {
			free(list->findings[i].matched);
			continue;
		}
		patterns[kept] = patterns[i];
		list->findings[kept++] = list->findings[i];
	}
	list->n_findings = kept;
}

static int conclude(struct reader *reader)
{
	struct finding_list *list = reader->list;
	size_t root = find_root(list);
	int r;

	if (list->n_findings == 0)
		return 0;
	if (list->findings[root].rank > TEXT_RANK_FOLLOW_UP) {
		drop_consequences(list, reader->patterns);
		root = find_root(list);
	}
	for (size_t i = 0; i < list->n_findings; i++)
		apply_subject(reader, &list->findings[i]);
	r = add_alternatives(list, root, reader->patterns[root]);
	explain_sort(list);
	return r;
}

int explain_stream(FILE *file, struct finding_list *list, struct explain_subject *subject)
{
	const struct text_pattern *patterns[EXPLAIN_FINDINGS_MOST] = {0};
	struct reader reader = {.list = list, .patterns = patterns, .is_new = true};
	int r = text_matcher_new(&reader.matcher);

	if (r == 0)
		r = read_all(&reader, file);
	if (r == 0)
		r = conclude(&reader);
	*subject = reader.subject;
	text_matcher_free(reader.matcher);
	return r;
}
