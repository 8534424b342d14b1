/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno_name.h"
#include "rules/text_fold.h"

void text_fold_table(char table[256])
{
	for (int c = 0; c < 256; c++) {
		if (c == '\0' || isspace(c) || c == '\\' || c == 0xe2)
			table[c] = TEXT_SPECIAL;
		else if (c == '"' || c == '`')
			table[c] = '\'';
		else if (c >= 0x80)
			table[c] = TEXT_OTHER;
		else
			table[c] = (char)tolower(c);
	}
}

char text_fold_special(const char **at, const char *end, char before)
{
	const char *byte = (*at)++;

	if (*byte == '\\' && *at < end && (**at == 'n' || **at == 't')) {
		(*at)++;
		return before == ' ' ? TEXT_SPECIAL : ' ';
	}
	if (*byte == '\\')
		return TEXT_SPECIAL;
	/* U+2018 to U+201F: word processors and some programs print these as quotes. */
	if ((unsigned char)*byte == 0xe2) {
		if (end - *at < 2 || (unsigned char)(*at)[0] != 0x80 ||
		    ((unsigned char)(*at)[1] & 0xf8) != 0x98)
			return TEXT_OTHER;
		*at += 2;
		return '\'';
	}
	return before == ' ' ? TEXT_SPECIAL : ' ';
}

size_t text_fold(const char *text, size_t length, char *folded)
{
	const char *end = text + length;
	char table[256];
	size_t n = 0;

	text_fold_table(table);
	while (text < end) {
		char c = table[(unsigned char)*text];

		if (c == TEXT_SPECIAL)
			c = text_fold_special(&text, end, n > 0 ? folded[n - 1] : ' ');
		else
			text++;
		if (c != TEXT_SPECIAL)
			folded[n++] = c;
	}
	return n;
}

/* Those that steps and tools answer with; a word for each in folded form is made from it. */
static const int known[] = {
	EPERM,	    ENOENT,    ESRCH,	   EINTR,    EIO,     ENXIO,	    E2BIG,
	EBADF,	    EAGAIN,    ENOMEM,	   EACCES,   EFAULT,  EBUSY,	    EEXIST,
	EXDEV,	    ENODEV,    ENOTDIR,	   EINVAL,   EMFILE,  ENOTTY,	    ENOSPC,
	EROFS,	    EPIPE,     ERANGE,	   ENOSYS,   ENODATA, EOVERFLOW,    EPROTO,
	EOPNOTSUPP, ETIMEDOUT, EADDRINUSE, EALREADY, ENOKEY,  EKEYREJECTED, EREMOTEIO,
};

static const char *find_word(const char *start, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strcasestr(start, word); at; at = strcasestr(at + 1, word))
		if ((at == start || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[length]) && at[length] != '_')
			return at;
	return NULL;
}

static const struct {
	const char *text;
	int least; /* -1 is what any library call answers, and no EPERM */
} leads[] = {
	{"os error ", 1}, {"error(", 1},  {"code: ", 1},   {"errno ", 1},   {"errno=", 1},
	{"errno: ", 1},	  {"error -", 1}, {"error: -", 1}, {"error ", 2},   {"= -", 2},
	{"=-", 2},	  {": -", 2},	  {"(-", 2},	   {"return -", 2}, {"failed with -", 2},
};

/* The first number behind one of the leads, like "error -22" and "= -22 (". */
static int find_number(const char *start, const char **where)
{
	int found = 0;

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		size_t length = strlen(leads[i].text);

		for (const char *at = strstr(start, leads[i].text); at && (!*where || at < *where);
		     at = strstr(at + 1, leads[i].text)) {
			char *end;
			long number = strtol(at + length, &end, 10);

			if (!isdigit((unsigned char)at[length]) || number < leads[i].least ||
			    number > 133 || isalnum((unsigned char)*end) || *end == '.' ||
			    !errno_name((int)number))
				continue;
			*where = at;
			found = (int)number;
		}
	}
	return found;
}

static int first_errno(const char *start)
{
	const char *where = NULL;
	int found = find_number(start, &where);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *words[] = {strerrordesc_np(known[i]), errno_name(known[i])};

		for (size_t w = 0; w < 2; w++) {
			const char *at = words[w] ? find_word(start, words[w]) : NULL;

			if (at && (!where || at < where)) {
				where = at;
				found = known[i];
			}
		}
	}
	return found;
}

int text_errno(const char *text, const char *start)
{
	int found = first_errno(start);

	return found || start == text ? found : first_errno(text);
}
