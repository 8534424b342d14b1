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

/* What the facts of this host did to a finding (`explain --here`). */
enum finding_effect {
	FINDING_ALONE,	      /* nothing: it stands on the text */
	FINDING_PROVED,	      /* they show the same cause */
	FINDING_NARROWED,     /* they show a cause that the text only hints at */
	FINDING_CONTRADICTED, /* they speak against it */
	FINDING_NOT_NOW,      /* the text is sure of it, but it is not so any more */
	FINDING_FOUND,	      /* they alone show it; the text does not speak of it */
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
	enum finding_effect effect;
	struct evidence_set joined; /* the facts of this host that count for it */
	struct finding_way *ways;
	size_t n_ways;
};

/* What the text can mean, but cannot have been on this host. */
struct finding_removed {
	enum verdict verdict;
	struct evidence_set joined; /* why */
};

/* What this host says of something that the text names. */
struct finding_subject {
	bool has_device; /* neither this nor a group: the host as a whole */
	struct pci_address device;
	int group; /* -1: none */
	enum outcome outcome;
	enum verdict verdict; /* VERDICT_NONE: nothing could be measured */
	enum confidence confidence;
	char *summary; /* owned; NULL: none */
};

struct finding_list {
	struct finding *findings;
	size_t n_findings;
	bool joined; /* with this host: the rest is filled */
	struct finding_removed *removed;
	size_t n_removed;
	struct finding_subject *subjects;
	size_t n_subjects;
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

/* Makes the finding's texts and fixes empty again. */
void finding_forget_texts(struct finding *finding);

/* Appends what holds the least; NULL without memory. Valid until the next call. */
struct finding_removed *finding_list_add_removed(struct finding_list *list, enum verdict verdict);
struct finding_subject *finding_list_add_subject(struct finding_list *list);

/* Takes the finding at @index out of the list and frees it. */
void finding_list_drop(struct finding_list *list, size_t index);

/* The contract's word for what facts did to a finding; NULL for FINDING_ALONE. Static. */
const char *finding_effect_name(enum finding_effect effect);

/* Frees what the list owns and zeroes it. */
void finding_list_release(struct finding_list *list);

/* Writes what `explain` answers. The JSON writer returns 0 or -ENOMEM. */
void findings_write_text(const struct text_out *out, const struct finding_list *list);
int findings_write_json(FILE *file, enum json_form form, const struct finding_list *list);

#endif
