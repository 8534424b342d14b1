/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

/*
 * What the harnesses share. A harness is one LLVMFuzzerTestOneInput() for one parser of foreign
 * bytes; libFuzzer drives it (`make fuzz`), or replay.c (`make check`). Besides not crashing, a
 * parser must keep its word about what it accepts: REQUIRE() says so.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The entry that libFuzzer asks for; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts where @condition does not hold, and says which. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* A new buffer of exactly @size bytes, so that a read behind it is seen. */
static inline uint8_t *fuzz_bytes(const uint8_t *data, size_t size)
{
	uint8_t *copy = calloc(1, size ? size : 1);

	REQUIRE(copy);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

/* The same as a terminated text; the input may hold zero bytes before its end. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);

	REQUIRE(copy);
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

#endif
