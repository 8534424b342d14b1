/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "stanza.h"

#define MAX_FIELDS (sizeof(((struct stanza *)NULL)->fields) / sizeof(struct stanza_field))

static int complain(const struct stanza *stanza, int line, const char *text)
{
	fprintf(stderr, "%s:%d: %s\n", stanza->file, line, text);
	return -EINVAL;
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr(" \t\n", end[-1]))
		end--;
	*end = '\0';
	return text + strspn(text, " \t");
}

static int continue_field(struct stanza *stanza, int line, const char *text)
{
	struct stanza_field *field;
	char *joined;

	if (stanza->n_fields == 0)
		return complain(stanza, line, "a continuation line that continues nothing");
	field = &stanza->fields[stanza->n_fields - 1];
	if (asprintf(&joined, "%s %s", field->value, text) < 0)
		return -ENOMEM;
	free(field->value);
	field->value = joined;
	return 0;
}

static int add_field(struct stanza *stanza, int line, char *text)
{
	struct stanza_field *field = &stanza->fields[stanza->n_fields];
	char *colon = strchr(text, ':');

	if (!colon || colon == text)
		return complain(stanza, line, "neither a field nor a comment");
	*colon = '\0';
	if (stanza_get(stanza, text))
		return complain(stanza, line, "the field stands twice");
	if (stanza->n_fields == MAX_FIELDS)
		return complain(stanza, line, "too many fields");
	if (stanza->n_fields == 0)
		stanza->line = line;
	*field = (struct stanza_field){strdup(text), strdup(trim(colon + 1))};
	stanza->n_fields++;
	return field->key && field->value ? 0 : -ENOMEM;
}

int stanza_read(FILE *stream, struct stanza *stanza, int *line)
{
	AUTO_FREE char *text = NULL;
	size_t size = 0;

	while (getline(&text, &size, stream) >= 0) {
		int indented = text[0] == ' ' || text[0] == '\t';
		char *trimmed = trim(text);
		int r = 0;

		(*line)++;
		if (trimmed[0] == '\0' && stanza->n_fields > 0)
			return 1;
		if (trimmed[0] == '\0' || text[0] == '#')
			continue;
		r = indented ? continue_field(stanza, *line, trimmed)
			     : add_field(stanza, *line, trimmed);
		if (r < 0)
			return r;
	}
	return stanza->n_fields > 0;
}

const char *stanza_get(const struct stanza *stanza, const char *key)
{
	for (size_t i = 0; i < stanza->n_fields; i++)
		if (strcmp(stanza->fields[i].key, key) == 0)
			return stanza->fields[i].value;
	return NULL;
}

void stanza_release(struct stanza *stanza)
{
	for (size_t i = 0; i < stanza->n_fields; i++) {
		free(stanza->fields[i].key);
		free(stanza->fields[i].value);
	}
	stanza->n_fields = 0;
}
