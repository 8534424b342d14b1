/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "rules/text_automaton.h"

static int allocate(struct text_automaton *automaton, char *const *literals, size_t n)
{
	unsigned size = 1;

	automaton->n_classes = 1;
	for (size_t i = 0; i < n; i++) {
		for (const char *c = literals[i]; *c; c++) {
			uint8_t *class = &automaton->class_of[(unsigned char)*c];

			if (*class == 0)
				*class = (uint8_t)automaton->n_classes++;
		}
		size += (unsigned)strlen(literals[i]);
	}
	if (size >= TEXT_STATE_HIT || n >= UINT16_MAX)
		return -E2BIG;
	automaton->n_states = 1;
	automaton->max_states = size;
	automaton->next = calloc((size_t)size * automaton->n_classes, sizeof(*automaton->next));
	automaton->first = calloc(size, sizeof(*automaton->first));
	automaton->shorter = calloc(size, sizeof(*automaton->shorter));
	automaton->same = calloc(n + 1, sizeof(*automaton->same));
	if (!automaton->next || !automaton->first || !automaton->shorter || !automaton->same)
		return -ENOMEM;
	return 0;
}

static void add(struct text_automaton *automaton, const char *literal, size_t number)
{
	unsigned state = TEXT_STATE_START;

	for (; *literal; literal++) {
		uint16_t *next = &automaton->next[state * automaton->n_classes +
						  automaton->class_of[(unsigned char)*literal]];

		if (*next == 0)
			*next = (uint16_t)automaton->n_states++;
		state = *next;
	}
	automaton->same[number] = automaton->first[state];
	automaton->first[state] = (uint16_t)(number + 1);
}

/* Where breadth first comes to @state, which is what @place says of each. */
static uint16_t moved(const uint16_t *place, uint16_t state)
{
	return state == TEXT_STATE_START ? state : place[state];
}

/*
 * Numbers the states breadth first, so that the few that a log mostly visits stand together
 * in the cache. @order: the states but the start, breadth first.
 */
static int renumber(struct text_automaton *automaton, const uint16_t *order)
{
	unsigned n = automaton->n_states, width = automaton->n_classes;
	AUTO_FREE uint16_t *place = calloc(n, sizeof(*place));
	uint16_t *next = calloc((size_t)n * width, sizeof(*next));
	uint16_t *first = calloc(n, sizeof(*first)), *shorter = calloc(n, sizeof(*shorter));

	if (!place || !next || !first || !shorter) {
		free(next);
		free(first);
		free(shorter);
		return -ENOMEM;
	}
	for (unsigned i = 1; i < n; i++)
		place[order[i - 1]] = (uint16_t)i;
	for (unsigned state = 0; state < n; state++) {
		unsigned to = moved(place, (uint16_t)state);

		for (unsigned c = 0; c < width; c++)
			next[to * width + c] = moved(place, automaton->next[state * width + c]);
		first[to] = automaton->first[state];
		shorter[to] = moved(place, automaton->shorter[state]);
	}
	free(automaton->next);
	free(automaton->first);
	free(automaton->shorter);
	automaton->next = next;
	automaton->first = first;
	automaton->shorter = shorter;
	return 0;
}

/*
 * Breadth first: a state's missing transitions are those of its longest proper suffix,
 * which is nearer to the start and therefore complete. Then they are numbered in this order.
 */
static int complete(struct text_automaton *automaton)
{
	AUTO_FREE uint16_t *queue = calloc(automaton->n_states, sizeof(*queue));
	AUTO_FREE uint16_t *suffix = calloc(automaton->n_states, sizeof(*suffix));
	unsigned head = 0, tail = 0, n = automaton->n_classes;

	if (!queue || !suffix)
		return -ENOMEM;
	for (unsigned c = 0; c < n; c++)
		if (automaton->next[c])
			queue[tail++] = automaton->next[c];
	while (head < tail) {
		unsigned state = queue[head++], back = suffix[state];
		uint16_t *row = &automaton->next[state * n];

		automaton->shorter[state] =
			automaton->first[back] ? (uint16_t)back : automaton->shorter[back];
		for (unsigned c = 0; c < n; c++) {
			if (row[c] == 0) {
				row[c] = automaton->next[back * n + c];
				continue;
			}
			suffix[row[c]] = automaton->next[back * n + c];
			queue[tail++] = row[c];
		}
	}
	return renumber(automaton, queue);
}

static void mark_hits(struct text_automaton *automaton)
{
	size_t n = (size_t)automaton->n_states * automaton->n_classes;

	for (size_t i = 0; i < n; i++) {
		unsigned state = automaton->next[i];

		if (automaton->first[state] || automaton->shorter[state])
			automaton->next[i] |= TEXT_STATE_HIT;
	}
}

int text_automaton_build(struct text_automaton *automaton, char *const *literals, size_t n)
{
	int r;

	*automaton = (struct text_automaton){0};
	r = allocate(automaton, literals, n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		add(automaton, literals[i], i);
	r = complete(automaton);
	if (r == 0)
		mark_hits(automaton);
	return r;
}

void text_automaton_release(struct text_automaton *automaton)
{
	free(automaton->next);
	free(automaton->first);
	free(automaton->shorter);
	free(automaton->same);
	*automaton = (struct text_automaton){0};
}
