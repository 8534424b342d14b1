/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_STANZA_H
#define TESTS_UNIT_STANZA_H

#include <stddef.h>
#include <stdio.h>

/* "Field: value" lines up to a blank one; indented lines continue, "#" begins a comment.
 */
struct stanza {
	const char *file; /* not owned */
	int line;	  /* of the first field; counted on by stanza_read() */
	size_t n_fields;
	struct stanza_field {
		char *key;
		char *value;
	} fields[24];
};

/*
 * Reads the next stanza of @stream into @stanza, which was zeroed before the first call
 * (but for @file) and released after each. @line counts the lines read. Returns 1, 0 at
 * the end of the file, or -EINVAL with a message on standard error for a line of no known
 * form.
 */
int stanza_read(FILE *stream, struct stanza *stanza, int *line);

/* The value of @key, or NULL. Owned by the stanza. */
const char *stanza_get(const struct stanza *stanza, const char *key);

/* Frees the fields and keeps the file name. */
void stanza_release(struct stanza *stanza);

#endif
