/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/command_line.h"

#define WORD_SIZE 256

/* What separates words for the kernel (next_arg() in lib/cmdline.c). */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Takes the next word into @word; a quoted value may hold blanks. Returns false at the end. */
static bool next_word(const char **cursor, char *word, size_t size)
{
	bool quoted = false;
	size_t used = 0;

	while (is_blank(**cursor))
		(*cursor)++;
	if (**cursor == '\0')
		return false;
	for (; **cursor && (quoted || !is_blank(**cursor)); (*cursor)++) {
		if (**cursor == '"')
			quoted = !quoted;
		else if (used + 1 < size)
			word[used++] = **cursor;
	}
	word[used] = '\0';
	return true;
}

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

/* The value of @word where it sets @option, or NULL. */
static const char *value_of(const char *word, const char *option)
{
	while (*option && fold(*word) == fold(*option)) {
		word++;
		option++;
	}
	if (*option)
		return NULL;
	return *word == '=' ? word + 1 : *word == '\0' ? "" : NULL;
}

/* "on,sm_off" is a list; "off" must be one of its parts. */
static bool list_has(const char *list, const char *part)
{
	size_t length = strlen(part);

	for (const char *cursor = list; cursor; cursor = strchr(cursor, ',')) {
		if (*cursor == ',')
			cursor++;
		if (strncmp(cursor, part, length) == 0 &&
		    (cursor[length] == ',' || cursor[length] == '\0'))
			return true;
	}
	return false;
}

bool command_line_disables_iommu(const char *line, char *word, size_t size)
{
	static const char *const options[] = {"intel_iommu", "amd_iommu", "iommu"};
	char current[WORD_SIZE];
	bool off = false;

	for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
		const char *cursor = line;
		bool this_off = false;

		while (next_word(&cursor, current, sizeof(current))) {
			const char *value = value_of(current, options[i]);

			if (value && list_has(value, "off"))
				this_off = true;
			else if (value && (list_has(value, "on") || list_has(value, "force")))
				this_off = false;
			else
				continue;
			if (this_off)
				snprintf(word, size, "%s", current);
		}
		off = off || this_off;
	}
	return off;
}

bool command_line_sets(const char *line, const char *option)
{
	char current[WORD_SIZE];
	const char *cursor = line;
	bool set = false;

	while (next_word(&cursor, current, sizeof(current))) {
		const char *value = value_of(current, option);

		if (value)
			set = *value == '\0' || strchr("1yY", *value) || strcmp(value, "on") == 0;
	}
	return set;
}
