/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_SAFE_TEXT_H
#define REPORT_SAFE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Strings of the host (names of devices, processes, mount points) are whatever somebody
 * put there. On a terminal they must not act: control characters, the bidirectional
 * overrides of Unicode and bytes that are no UTF-8 are printed as \xHH.
 */

/*
 * Decodes the character at the start of @text. Returns its length in bytes (1 to 4), or 0
 * where the bytes are no valid UTF-8 (RFC 3629); *ret is then untouched. "" decodes to 0,
 * length 1.
 */
size_t utf8_decode(const char *text, uint32_t *ret);

/* Prints the first @length bytes of @text, neutralised; newlines too. */
void safe_text_print_part(FILE *file, const char *text, size_t length);

/* Prints all of @text, neutralised. */
void safe_text_print(FILE *file, const char *text);

/* The columns that safe_text_print_part() fills, with one column for a character. */
size_t safe_text_columns(const char *text, size_t length);

/*
 * Returns a copy of @text in which every byte that is no UTF-8 is U+FFFD, as JSON
 * demands; NULL without memory. The caller frees it.
 */
char *safe_text_to_utf8(const char *text);

#endif
