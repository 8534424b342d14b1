/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

/*
 * Checks for the unit tests. A failing check prints where it stands and what it saw, is counted,
 * and the test goes on; main() ends with `return check_result();`.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned long check_count;
static unsigned long check_failures;

static inline void check_report(bool good, const char *file, int line, const char *what)
{
	check_count++;
	if (good)
		return;
	check_failures++;
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
}

static inline void check_string(const char *got, const char *wanted, const char *file, int line,
				const char *what)
{
	bool good = got && wanted ? strcmp(got, wanted) == 0 : got == wanted;

	check_report(good, file, line, what);
	if (!good)
		fprintf(stderr, "    got \"%s\", wanted \"%s\"\n", got ? got : "(NULL)",
			wanted ? wanted : "(NULL)");
}

static inline void check_integer(long long got, long long wanted, const char *file, int line,
				 const char *what)
{
	check_report(got == wanted, file, line, what);
	if (got != wanted)
		fprintf(stderr, "    got %lld, wanted %lld\n", got, wanted);
}

/* The condition holds. */
#define CHECK(condition) check_report((condition), __FILE__, __LINE__, #condition)

/* Two strings are equal; NULL equals NULL only. */
#define CHECK_STR(got, wanted) check_string((got), (wanted), __FILE__, __LINE__, #got)

/* Two integers are equal. */
#define CHECK_INT(got, wanted) check_integer((got), (wanted), __FILE__, __LINE__, #got)

/* The exit status of a test program. A program that checked nothing has failed. */
static inline int check_result(void)
{
	if (check_count == 0)
		fprintf(stderr, "no check was made\n");
	else if (check_failures > 0)
		fprintf(stderr, "%lu of %lu checks failed\n", check_failures, check_count);
	return check_count == 0 || check_failures > 0;
}

#endif
