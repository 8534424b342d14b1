/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pci_address.h"
#include "model/evidence.h"
#include "model/step.h"
#include "model/truth.h"
#include "model/verdict.h"
#include "report/json_out.h"
#include "report/text_out.h"

/* What must be, or must not be, for a way to count. */
struct finding_need {
	enum evidence evidence;
	enum truth wanted;
};

/* One way that leads to a verdict: a rule, without the rule table. Borrows static
 * strings. */
struct finding_way {
	const char *id;
	enum access_path path;
	enum step step;	   /* STEP_NONE: from facts alone */
	const int *errnos; /* ends with 0; empty: any errno */
	const char *driver;
	const char *source;
	bool fallback;
	struct finding_need *needs; /* owned */
	size_t n_needs;
};

/* One thing that `explain` recognised. Owns its strings and ways. */
struct finding {
	enum verdict verdict;
	enum confidence confidence;
	char *summary;
	char *explanation;
	char **fixes;
	size_t n_fixes;
	char *matched; /* the line; NULL where there was no text */
	size_t line;   /* from 1; 0 where there was no text */
	unsigned rank; /* the higher, the nearer to the root cause; orders, is not shown */
	bool has_device;
	struct pci_address device;
	int group;	/* -1: the text names none */
	enum step step; /* STEP_NONE: null */
	int err;	/* 0: null */
	struct finding_way *ways;
	size_t n_ways;
};

struct finding_list {
	struct finding *findings;
	size_t n_findings;
};

/*
 * Appends a finding with nothing but @verdict and @confidence in it. Returns it, valid
 * until the next call, or NULL without memory.
 */
struct finding *finding_list_add(struct finding_list *list, enum verdict verdict,
				 enum confidence confidence);

/* Appends a copy of @fix, or an empty way. Return 0 and -ENOMEM, or NULL without memory.
 */
int finding_add_fix(struct finding *finding, const char *fix);
struct finding_way *finding_add_way(struct finding *finding);

/* Appends a condition. Returns 0 or -ENOMEM. */
int finding_way_add_need(struct finding_way *way, enum evidence evidence, enum truth wanted);

/* Frees what the list owns and zeroes it. */
void finding_list_release(struct finding_list *list);

/* Writes what `explain` answers. The JSON writer returns 0 or -ENOMEM. */
void findings_write_text(const struct text_out *out, const struct finding_list *list);
int findings_write_json(FILE *file, enum json_form form, const struct finding_list *list);

#endif
