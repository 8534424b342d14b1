/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>

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
