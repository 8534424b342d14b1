/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/outcome_word.h"

static const struct {
	const char *word;
	enum text_colour colour;
} outcome_words[] = {
	[OUTCOME_UNKNOWN] = {"UNKNOWN", TEXT_YELLOW}, [OUTCOME_PASS] = {"PASS", TEXT_GREEN},
	[OUTCOME_WARN] = {"WARN", TEXT_YELLOW},	      [OUTCOME_FAIL] = {"FAIL", TEXT_RED},
	[OUTCOME_REFUSED] = {"REFUSED", TEXT_YELLOW},
};

void outcome_write_word(const struct text_out *out, enum outcome outcome)
{
	text_coloured(out, outcome_words[outcome].colour, outcome_words[outcome].word);
}
