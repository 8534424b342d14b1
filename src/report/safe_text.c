/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/safe_text.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define ESCAPED_COLUMNS 4

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

size_t utf8_decode(const char *text, uint32_t *ret)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t value;
	size_t length;

	if (bytes[0] < 0x80) {
		*ret = bytes[0];
		return 1;
	}
	if ((bytes[0] & 0xe0) == 0xc0) {
		length = 2;
		value = bytes[0] & 0x1f;
	} else if ((bytes[0] & 0xf0) == 0xe0) {
		length = 3;
		value = bytes[0] & 0x0f;
	} else if ((bytes[0] & 0xf8) == 0xf0) {
		length = 4;
		value = bytes[0] & 0x07;
	} else {
		return 0;
	}
	/* A terminator is no continuation byte, so this never reads past it. */
	for (size_t i = 1; i < length; i++) {
		if (!is_continuation(bytes[i]))
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*ret = value;
	return length;
}

static bool acts_on_a_terminal(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character <= 0x9f) ||
	       character == 0x200e || character == 0x200f || character == 0x061c ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}

/* The length of a character that may be printed as it is, 0 where the byte must be
 * escaped. */
static size_t printable_length(const char *text, size_t left)
{
	uint32_t character;
	size_t length = utf8_decode(text, &character);

	if (length == 0 || length > left || acts_on_a_terminal(character))
		return 0;
	return length;
}

void safe_text_print_part(FILE *file, const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		size_t step = printable_length(text + at, length - at);

		if (step > 0) {
			fwrite(text + at, 1, step, file);
			at += step;
		} else {
			fprintf(file, "\\x%02x", (unsigned char)text[at]);
			at++;
		}
	}
}

void safe_text_print(FILE *file, const char *text)
{
	safe_text_print_part(file, text, strlen(text));
}

size_t safe_text_columns(const char *text, size_t length)
{
	size_t at = 0, columns = 0;

	while (at < length) {
		size_t step = printable_length(text + at, length - at);

		columns += step > 0 ? 1 : ESCAPED_COLUMNS;
		at += step > 0 ? step : 1;
	}
	return columns;
}

char *safe_text_to_utf8(const char *text)
{
	char *copy = malloc(strlen(text) * (sizeof(REPLACEMENT) - 1) + 1);
	char *end = copy;

	if (!copy)
		return NULL;
	while (*text != '\0') {
		uint32_t character;
		size_t length = utf8_decode(text, &character);

		if (length > 0) {
			memcpy(end, text, length);
			end += length;
			text += length;
		} else {
			memcpy(end, REPLACEMENT, sizeof(REPLACEMENT) - 1);
			end += sizeof(REPLACEMENT) - 1;
			text++;
		}
	}
	*end = '\0';
	return copy;
}
