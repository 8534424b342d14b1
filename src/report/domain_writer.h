/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_DOMAIN_WRITER_H
#define REPORT_DOMAIN_WRITER_H

#include "model/domain_report.h"
#include "report/json_out.h"
#include "report/text_out.h"

/*
 * Write what was found about a domain: in front of its devices, and as the member "domain" of
 * @parent, null where @report is NULL.
 */
void domain_write_text(const struct text_out *out, const struct domain_report *report);
void domain_write_json(struct json_out *out, struct json_object *parent,
		       const struct domain_report *report);

#endif
