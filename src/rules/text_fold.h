/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RULES_TEXT_FOLD_H
#define RULES_TEXT_FOLD_H

#include <stddef.h>

/*
 * What the same message may differ in: letters become small, every quote a "'", runs of
 * blanks one space. JSON and shells wrap messages, so that a backslash is dropped and
 * "\n" is a space. Bytes outside ASCII become TEXT_OTHER, zero bytes a space.
 */

#define TEXT_OTHER '\177'

/* What needs a look at its neighbours: blanks, backslashes, typographic quotes. */
#define TEXT_SPECIAL '\0'

/* Fills @table with what each byte becomes, TEXT_SPECIAL where text_fold_special() says. */
void text_fold_table(char table[256]);

/*
 * For the special byte at *@at, up to @end: returns what it becomes (TEXT_SPECIAL: nothing)
 * and moves *@at behind it. @before: the last character of the folded text.
 */
char text_fold_special(const char **at, const char *end, char before);

/* Folds @text of @length bytes into @folded, which has as much room. Returns its length. */
size_t text_fold(const char *text, size_t length, char *folded);

#endif
