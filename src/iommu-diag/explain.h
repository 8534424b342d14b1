/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_EXPLAIN_H
#define CLIENT_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "model/step.h"
#include "model/verdict.h"
#include "report/finding.h"

/*
 * Fills in the texts of @finding from its verdict, or from what a rule says in its place
 * (@summary, @explain, @fixes; NULL each: the verdict's own). Names that a text asks for
 * are taken from the finding, or paraphrased. Returns 0 or -ENOMEM.
 */
int explain_fill_texts(struct finding *finding, const char *summary, const char *explain,
		       const char *const *fixes);

/* Adds what the verdict means and every rule that leads to it. Returns 0 or -ENOMEM. */
int explain_verdict(enum verdict verdict, struct finding_list *list);

/*
 * Adds one finding per rule for the positive errno @err at @step, path by path, in the
 * order in which rules are tried. None where no rule knows it. Returns 0 or -ENOMEM.
 */
int explain_step(enum step step, int err, struct finding_list *list);

/* Different findings; a log that has more repeats itself. */
#define EXPLAIN_FINDINGS_MOST 64

/*
 * Judges @file line by line and adds what is recognised, each verdict once per device: the
 * root cause first, then what else that line can mean, then the rest. Mere consequences
 * and lines that are no fault are left out where there is anything else. The memory it
 * takes does not depend on the length of the input. Returns 0, -ENOMEM, -E2BIG, or -EIO
 * where reading failed.
 */
int explain_stream(FILE *file, struct finding_list *list);

/* The first PCI address and the group that the folded @text names (text_fold.h). */
bool explain_find_device(const char *text, struct pci_address *ret);
int explain_find_group(const char *text); /* -1: none */

/* Adds the finding that says that nothing was recognised. Returns 0 or -ENOMEM. */
int explain_unknown(struct finding_list *list);

#endif
