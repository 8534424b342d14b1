/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_EXPLAIN_H
#define CLIENT_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "host/root.h"
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

/* What the lines of a short text name together. */
struct explain_subject {
	struct pci_address device;
	unsigned n_devices; /* different ones; 2: several */
	int group;
	unsigned n_groups;
};

/*
 * Judges @file line by line and adds what is recognised, each verdict once per device: the
 * root cause first, then what else that line can mean, then the rest. Mere consequences
 * and lines that are no fault are left out where there is anything else. The memory it
 * takes does not depend on the length of the input. The findings have no words yet
 * (explain_fill_all). Returns 0, -ENOMEM, -E2BIG, or -EIO where reading failed.
 */
int explain_stream(FILE *file, struct finding_list *list, struct explain_subject *subject);

/* Puts the root cause first. */
void explain_sort(struct finding_list *list);

/* Fills in the texts of every finding that has none yet. Returns 0 or -ENOMEM. */
int explain_fill_all(struct finding_list *list);

/*
 * Joins the findings of a text with the facts of the host below @root, by here.rules: what they
 * contradict is removed or lowered, what they prove is raised, a general answer gets its
 * cause. @subject: what the text as a whole is about. Opens and writes nothing of VFIO.
 * Returns 0 or -ENOMEM.
 */
int explain_join(const struct host_root *root, const struct explain_subject *subject,
		 struct finding_list *list);

/* The first PCI address and the group that the folded @text names (text_fold.h). */
bool explain_find_device(const char *text, struct pci_address *ret);
int explain_find_group(const char *text); /* -1: none */

/* Adds the finding that says that nothing was recognised. Returns 0 or -ENOMEM. */
int explain_unknown(struct finding_list *list);

#endif
