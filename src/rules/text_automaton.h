/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RULES_TEXT_AUTOMATON_H
#define RULES_TEXT_AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds many literals in one pass (Aho and Corasick, 1975), as a full transition table, so
 * that a byte costs one look whatever the number of literals. States are numbers; the bit
 * TEXT_STATE_HIT says that literals end there.
 */

#define TEXT_STATE_HIT 0x8000u
#define TEXT_STATE_START 0u

struct text_automaton {
	uint16_t *next;	       /* [state][class] */
	uint16_t *first;       /* literal that ends in a state, 1 + its number; 0: none */
	uint16_t *shorter;     /* the next state whose literal ends here too; 0: none */
	uint16_t *same;	       /* literals of equal text: 1 + the next one's number */
	uint8_t class_of[256]; /* of a folded character; 0: in no literal */
	unsigned n_classes;
	unsigned n_states, max_states;
};

/*
 * Builds the automaton for @n folded @literals. Returns 0, -ENOMEM, or -E2BIG where they
 * need more states than a number holds. To be released in any case.
 */
int text_automaton_build(struct text_automaton *automaton, char *const *literals, size_t n);

/* The state that @c leads to from @state. */
static inline unsigned text_automaton_step(const struct text_automaton *automaton, unsigned state,
					   char c)
{
	return automaton->next[(state & ~TEXT_STATE_HIT) * automaton->n_classes +
			       automaton->class_of[(unsigned char)c]];
}

/* Frees what it owns and zeroes it. */
void text_automaton_release(struct text_automaton *automaton);

#endif
