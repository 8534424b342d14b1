/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_HOST_WRITER_H
#define REPORT_HOST_WRITER_H

#include "model/host_report.h"
#include "report/json_out.h"
#include "report/text_out.h"

/* Writes a line for every check, in the shape of virt-host-validate; quiet: WARN and FAIL only. */
void host_write_text(const struct text_out *out, const struct host_report *report);

/*
 * The same as a document; @kernel is the running release, NULL where unknown. Returns 0 or
 * -ENOMEM; errors of writing stay in the stream.
 */
int host_write_json(FILE *file, enum json_form form, const char *kernel,
		    const struct host_report *report);

#endif
