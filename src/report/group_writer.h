/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_GROUP_WRITER_H
#define REPORT_GROUP_WRITER_H

#include "diagnosis/group_explanation.h"
#include "host/names.h"
#include "report/json_out.h"
#include "report/text_out.h"

/* Writes one explained group; @names may be NULL: no names then. */
void group_write_text(const struct text_out *out, const struct pci_topology *topology,
		      const struct group_explanation *explanation, struct device_names *names);

/*
 * Writes @n explained groups as one document; @kernel is the running release, NULL where unknown.
 * Returns 0 or -ENOMEM; errors of writing stay in the stream.
 */
int group_write_json(FILE *file, enum json_form form, const char *kernel,
		     const struct pci_topology *topology,
		     const struct group_explanation *explanations, size_t n);

#endif
