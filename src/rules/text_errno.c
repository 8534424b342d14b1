/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno_name.h"
#include "rules/text_automaton.h"
#include "rules/text_errno.h"
#include "rules/text_fold.h"

/* Those that steps and tools answer with: each is known by its name and by its message. */
static const int known[] = {
	EPERM,	    ENOENT,    ESRCH,	   EINTR,    EIO,     ENXIO,	    E2BIG,
	EBADF,	    EAGAIN,    ENOMEM,	   EACCES,   EFAULT,  EBUSY,	    EEXIST,
	EXDEV,	    ENODEV,    ENOTDIR,	   EINVAL,   EMFILE,  ENOTTY,	    ENOSPC,
	EROFS,	    EPIPE,     ERANGE,	   ENOSYS,   ENODATA, EOVERFLOW,    EPROTO,
	EOPNOTSUPP, ETIMEDOUT, EADDRINUSE, EALREADY, ENOKEY,  EKEYREJECTED, EREMOTEIO,
};

/* What stands before an errno's number. */
static const struct {
	const char *text;
	int least; /* -1 is what any library call answers, and no EPERM */
} leads[] = {
	{"os error ", 1}, {"error(", 1},  {"code: ", 1},   {"errno ", 1},   {"errno=", 1},
	{"errno: ", 1},	  {"error -", 1}, {"error: -", 1}, {"error ", 2},   {"= -", 2},
	{"=-", 2},	  {": -", 2},	  {"(-", 2},	   {"return -", 2}, {"failed with -", 2},
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))
#define N_LEADS (sizeof(leads) / sizeof(leads[0]))
#define N_WORDS (2 * N_KNOWN + N_LEADS)

/* Messages of all, then names of all, then leads. */
struct text_errnos {
	struct text_automaton automaton;
	char *words[N_WORDS]; /* folded */
	size_t lengths[N_WORDS];
	size_t longest;
};

static int add_word(struct text_errnos *errnos, size_t number, const char *word)
{
	char *folded = calloc(1, strlen(word) + 1);

	if (!folded)
		return -ENOMEM;
	errnos->words[number] = folded;
	errnos->lengths[number] = text_fold(word, strlen(word), folded);
	if (errnos->lengths[number] > errnos->longest)
		errnos->longest = errnos->lengths[number];
	return 0;
}

static int add_words(struct text_errnos *errnos)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < N_KNOWN; i++) {
		r = add_word(errnos, i, strerrordesc_np(known[i]));
		if (r == 0)
			r = add_word(errnos, N_KNOWN + i, errno_name(known[i]));
	}
	for (size_t i = 0; r == 0 && i < N_LEADS; i++)
		r = add_word(errnos, 2 * N_KNOWN + i, leads[i].text);
	return r < 0 ? r : text_automaton_build(&errnos->automaton, errnos->words, N_WORDS);
}

int text_errnos_new(struct text_errnos **ret)
{
	struct text_errnos *errnos = calloc(1, sizeof(*errnos));
	int r = errnos ? add_words(errnos) : -ENOMEM;

	if (r < 0) {
		text_errnos_free(errnos);
		errnos = NULL;
	}
	*ret = errnos;
	return r;
}

void text_errnos_free(struct text_errnos *errnos)
{
	if (!errnos)
		return;
	text_automaton_release(&errnos->automaton);
	for (size_t i = 0; i < N_WORDS; i++)
		free(errnos->words[i]);
	free(errnos);
}

/* The number behind a lead, like "error -22" and "= -22 (". */
static int read_number(const char *text, int least)
{
	char *end;
	long number;

	if (!isdigit((unsigned char)*text))
		return 0;
	number = strtol(text, &end, 10);
	if (number < least || number > 133 || isalnum((unsigned char)*end) || *end == '.')
		return 0;
	return errno_name((int)number) ? (int)number : 0;
}

/* What the word @number means that ends before @end, in a text that is searched from @from. */
static int word_means(const struct text_errnos *errnos, size_t number, const char *from,
		      const char *end)
{
	const char *at = end - errnos->lengths[number];

	if (number >= 2 * N_KNOWN)
		return read_number(end, leads[number - 2 * N_KNOWN].least);
	if ((at > from && isalnum((unsigned char)at[-1])) || isalnum((unsigned char)*end) ||
	    *end == '_')
		return 0;
	return known[number % N_KNOWN];
}

static int find_from(const struct text_errnos *errnos, const char *from)
{
	const struct text_automaton *automaton = &errnos->automaton;
	const char *where = NULL;
	unsigned state = TEXT_STATE_START;
	int found = 0;

	for (const char *c = from; *c; c++) {
		/* A word that begins before the one that was found has ended by now. */
		if (where && c > where + errnos->longest)
			break;
		state = text_automaton_step(automaton, state, *c);
		if (!(state & TEXT_STATE_HIT))
			continue;
		for (unsigned s = state & ~TEXT_STATE_HIT; s != 0; s = automaton->shorter[s]) {
			for (unsigned i = automaton->first[s]; i; i = automaton->same[i - 1]) {
				const char *at = c + 1 - errnos->lengths[i - 1];
				int meant = word_means(errnos, i - 1, from, c + 1);

				if (meant && (!where || at < where)) {
					where = at;
					found = meant;
				}
			}
		}
	}
	return found;
}

int text_errnos_find(const struct text_errnos *errnos, const char *text, const char *start)
{
	int found = find_from(errnos, start);

	return found || start == text ? found : find_from(errnos, text);
}
