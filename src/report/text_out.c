/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "report/safe_text.h"
#include "report/text_out.h"

/* ECMA-48 SGR. */
static const char *const colour_codes[] = {
	[TEXT_PLAIN] = "",	    [TEXT_BOLD] = "\033[1m",   [TEXT_GREEN] = "\033[32m",
	[TEXT_YELLOW] = "\033[33m", [TEXT_RED] = "\033[1;31m",
};

#define COLOUR_OFF "\033[0m"

void text_coloured(const struct text_out *out, enum text_colour colour, const char *text)
{
	bool coloured = out->colour && colour != TEXT_PLAIN;

	if (coloured)
		fputs(colour_codes[colour], out->file);
	safe_text_print(out->file, text);
	if (coloured)
		fputs(COLOUR_OFF, out->file);
}

static void new_line(const struct text_out *out, unsigned indent)
{
	fprintf(out->file, "\n%*s", (int)indent, "");
}

void text_wrapped(const struct text_out *out, const char *lead, unsigned indent, const char *text)
{
	size_t column = indent;
	bool at_start = true;

	fprintf(out->file, "%-*s", (int)indent, lead);
	while (*text != '\0') {
		size_t length = strcspn(text, " \n");
		size_t columns = safe_text_columns(text, length);

		if (length > 0 && !at_start && column + 1 + columns > out->width) {
			new_line(out, indent);
			column = indent;
			at_start = true;
		}
		if (length > 0) {
			if (!at_start)
				fputc(' ', out->file);
			safe_text_print_part(out->file, text, length);
			column += columns + (at_start ? 0 : 1);
			at_start = false;
		}
		text += length;
		if (*text == '\n' && text[1] != '\0') {
			new_line(out, indent);
			column = indent;
			at_start = true;
		}
		if (*text != '\0')
			text++;
	}
	fputc('\n', out->file);
}

void text_wrappedf(const struct text_out *out, const char *lead, unsigned indent,
		   const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return;
	}
	text_wrapped(out, lead, indent, text);
}

const char *errno_word(int err, char *buffer)
{
	const char *name = errno_name(err);

	if (name)
		return name;
	snprintf(buffer, ERRNO_WORD_SIZE, "%d", err);
	return buffer;
}
