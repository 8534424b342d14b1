/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_RECOVERY_WRITER_H
#define REPORT_RECOVERY_WRITER_H

#include <stdbool.h>

#include "report/json_out.h"
#include "report/text_out.h"
#include "trial/undo.h"
#include "worker/recovery.h"
#include "worker/trace_record.h"

/*
 * Writes what `restore` did: each record's fate, and the devices of @untouched, which
 * have no record, and what was removed of traces. The JSON writers return 0 or -ENOMEM.
 */
void restore_write_text(const struct text_out *out, const struct recovery_list *list,
			const struct pci_address *untouched, size_t n_untouched,
			const struct trace_recovery *traces);
int restore_write_json(FILE *file, enum json_form form, const struct recovery_list *list,
		       const struct pci_address *untouched, size_t n_untouched,
		       const struct trace_recovery *traces);

/*
 * Writes what `status` shows: the open records of devices and of traces, and whether their
 * workers still run (@live; in a captured tree nobody can say).
 */
void status_write_text(const struct text_out *out, const struct undo_record_list *list,
		       const struct trace_record_list *traces, bool live);
int status_write_json(FILE *file, enum json_form form, const struct undo_record_list *list,
		      const struct trace_record_list *traces, bool live);

#endif
