/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_FACT_H
#define HOST_FACT_H

/* How the answer of a read becomes a fact: private to host/. */

#include <stdbool.h>
#include <sys/types.h>

#include "host/root.h"
#include "model/truth.h"

/* The text is a copy. Returns 0 or -ENOMEM (then the fact is unknown). */
int fact_text_set(struct fact_text *fact, const char *text);

/*
 * @length is the answer of a read into @buffer: a length, or a negative errno, of which -ENOENT
 * says that the fact is absent and any other that it is unknown. Returns 0 or -ENOMEM.
 */
int fact_text_take(struct fact_text *fact, ssize_t length, const char *buffer);

/* As fact_text_take() for a number in C's notation ("0x8086", "12"); other text is unknown. */
struct fact_number fact_number_take(ssize_t length, const char *buffer);

/* Takes all of @text as a number to @base (0: C's notation); false where it is not one. */
bool number_parse(const char *text, int base, uint64_t *ret);

/* Read the file that @format prints, below the root. */
int fact_text_read(struct fact_text *fact, const struct host_root *root, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
struct fact_number fact_number_read(const struct host_root *root, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Who may open the device node that @format prints: "mode 0660, owner 0:0". Absent in a captured
 * tree says nothing, since nodes are not captured. Returns 0 or -ENOMEM.
 */
int fact_node_read(struct fact_text *fact, const struct host_root *root, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The answer of host_root_exists(). */
static inline enum truth truth_of_exists(int exists)
{
	return exists < 0 ? TRUTH_UNKNOWN : truth_of(exists);
}

#endif
