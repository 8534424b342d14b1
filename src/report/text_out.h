/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_TEXT_OUT_H
#define REPORT_TEXT_OUT_H

#include <stdbool.h>
#include <stdio.h>

#define TEXT_WIDTH_DEFAULT 80

/* Where text goes, and how much of it. Errors of writing stay in @file (ferror). */
struct text_out {
	FILE *file;
	bool colour;
	bool verbose; /* every observation, every step with its time */
	bool quiet;   /* one line per device */
	unsigned width;
};

/* Colour stresses words; it is never the only carrier of a meaning. */
enum text_colour {
	TEXT_PLAIN,
	TEXT_BOLD,
	TEXT_GREEN,
	TEXT_YELLOW,
	TEXT_RED,
};

/* Prints @text in @colour, neutralised. */
void text_coloured(const struct text_out *out, enum text_colour colour, const char *text);

/*
 * Prints @lead as it is, then @text, neutralised and broken at spaces so that lines end
 * at the width of @out; every further line starts with @indent spaces. @lead must not be
 * wider than
 * @indent. Newlines in @text break the line. Ends with a newline.
 */
void text_wrapped(const struct text_out *out, const char *lead, unsigned indent, const char *text);

/* text_wrapped() of what @format prints; a text that does not fit memory is left out. */
void text_wrappedf(const struct text_out *out, const char *lead, unsigned indent,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Room for any errno in errno_word(). */
#define ERRNO_WORD_SIZE 16

/*
 * Returns the errno's name, or its number in @buffer of ERRNO_WORD_SIZE bytes where it
 * has none (the kernel's ENOTSUPP, 524, never had one).
 */
const char *errno_word(int err, char *buffer);

#endif
