/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_OUTCOME_WORD_H
#define REPORT_OUTCOME_WORD_H

#include "model/verdict.h"
#include "report/text_out.h"

/* Prints "PASS", "WARN", "FAIL", "REFUSED" or "UNKNOWN", in the colour that goes with it. */
void outcome_write_word(const struct text_out *out, enum outcome outcome);

#endif
