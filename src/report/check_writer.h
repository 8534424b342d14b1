/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_CHECK_WRITER_H
#define REPORT_CHECK_WRITER_H

#include "model/check_report.h"
#include "report/json_out.h"
#include "report/text_out.h"

/*
 * Writes what `check` answers: for people, and as the contract's "JSON of check", in
 * which every field is always there. The JSON writer returns 0 or -ENOMEM; errors of
 * writing stay in the stream.
 */
void check_write_text(const struct text_out *out, const struct check_report *report);
int check_write_json(FILE *file, enum json_form form, const struct check_report *report);

#endif
