/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Neutralising and wrapping: what the host named can neither act on a terminal nor hide.
 */
#include <errno.h>
#include <stdlib.h>

#include "report/safe_text.h"
#include "report/text_out.h"
#include "tests/unit/check.h"

/* What @print leaves in a stream; the caller frees it. */
static char *printed(const char *text)
{
	char *buffer = NULL;
	size_t size;
	FILE *file = open_memstream(&buffer, &size);

	safe_text_print(file, text);
	fclose(file);
	return buffer;
}

static void check_printed(const char *text, const char *wanted)
{
	char *got = printed(text);

	CHECK_STR(got, wanted);
	CHECK_INT(safe_text_columns(text, strlen(text)), (long long)strlen(wanted));
	free(got);
}

static void test_neutralising(void)
{
	char *got;

	check_printed("plain words", "plain words");
	check_printed("a\033[31mb", "a\\x1b[31mb");
	check_printed("line\nbreak\r\t\x7f", "line\\x0abreak\\x0d\\x09\\x7f");
	/* U+009B is an escape sequence's start for terminals that know the C1 set. */
	check_printed("a\xc2\x9b"
		      "b",
		      "a\\xc2\\x9b"
		      "b");
	/* U+202E turns the writing direction round. */
	check_printed("\xe2\x80\xae", "\\xe2\\x80\\xae");
	check_printed("\xff\xfe", "\\xff\\xfe");
	/* Cut, overlong and surrogate forms. */
	check_printed("\xe2\x82", "\\xe2\\x82");
	check_printed("\xc0\xaf", "\\xc0\\xaf");
	check_printed("\xed\xa0\x80", "\\xed\\xa0\\x80");
	got = printed("Gr\xc3\xbc\xc3\x9f\x65");
	CHECK_STR(got, "Gr\xc3\xbc\xc3\x9f\x65");
	CHECK_INT(safe_text_columns(got, strlen(got)), 5);
	free(got);
}

static void test_decoding(void)
{
	uint32_t character = 0;

	CHECK_INT(utf8_decode("\xf0\x9f\x98\x80", &character), 4);
	CHECK_INT(character, 0x1f600);
	CHECK_INT(utf8_decode("\xf4\x90\x80\x80", &character), 0);
	CHECK_INT(utf8_decode("", &character), 1);
	CHECK_INT(character, 0);
}

static void test_valid_copy(void)
{
	char *copy = safe_text_to_utf8("a\xff\xc3\xbc\xe2\x82");

	CHECK_STR(copy, "a\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd");
	free(copy);
	copy = safe_text_to_utf8("");
	CHECK_STR(copy, "");
	free(copy);
}

static void check_wrapped(const char *lead, unsigned indent, const char *text, const char *wanted)
{
	char *buffer = NULL;
	size_t size;
	struct text_out out = {.file = open_memstream(&buffer, &size), .width = 20};

	text_wrapped(&out, lead, indent, text);
	fclose(out.file);
	CHECK_STR(buffer, wanted);
	free(buffer);
}

static void test_wrapping(void)
{
	check_wrapped("", 0, "", "\n");
	check_wrapped("  ", 2, "one two", "  one two\n");
	check_wrapped("  ", 2, "one two three four five", "  one two three four\n  five\n");
	/* Twenty columns fit, twenty-one do not. */
	check_wrapped("", 0, "aaaaaaaaa bbbbbbbbbb", "aaaaaaaaa bbbbbbbbbb\n");
	check_wrapped("", 0, "aaaaaaaaaa bbbbbbbbbb", "aaaaaaaaaa\nbbbbbbbbbb\n");
	/* A path is not broken, even where it does not fit. */
	check_wrapped(" 1. ", 4, "see /sys/kernel/iommu_groups/1 now",
		      " 1. see\n    /sys/kernel/iommu_groups/1\n    now\n");
	check_wrapped("  ", 2, "one\ntwo", "  one\n  two\n");
	check_wrapped("  ", 2, "end\n", "  end\n");
	check_wrapped("  ", 2, "\033[2J", "  \\x1b[2J\n");
}

static void test_errno_words(void)
{
	char number[ERRNO_WORD_SIZE];

	CHECK_STR(errno_word(EINVAL, number), "EINVAL");
	CHECK_STR(errno_word(524, number), "524");
}

int main(void)
{
	test_neutralising();
	test_decoding();
	test_valid_copy();
	test_wrapping();
	test_errno_words();
	return check_result();
}
