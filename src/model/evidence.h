/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_EVIDENCE_H
#define MODEL_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/truth.h"

enum evidence {
#define EVIDENCE(constant, id, question) EVIDENCE_##constant,
#include "model/evidence.def"
#undef EVIDENCE
	EVIDENCE_COUNT,
	EVIDENCE_NONE = EVIDENCE_COUNT, /* an observation that no rule asks for */
};

/* Where an observation comes from, in the words of the contract. */
enum evidence_source {
	SOURCE_SYSFS,
	SOURCE_PROCFS,
	SOURCE_ACPI,
	SOURCE_JOURNAL,
	SOURCE_IOCTL,
	SOURCE_TRACE,
	SOURCE_NETLINK,
	SOURCE_UDEV,
	SOURCE_XML, /* the domain definition */
};

/* One observation: what a person can look at. @value is NULL where it could not be read. */
struct observation {
	enum evidence id;
	enum evidence_source source;
	char *where;
	char *value;
};

/* What is known about one device at one time. Zeroed, everything in it is unknown. */
struct evidence_set {
	enum truth truth[EVIDENCE_COUNT];
	struct observation *observations;
	size_t n_observations;
	bool out_of_memory; /* an observation was dropped; answers stay right, detail is lost */
};

/* Static strings; evidence_from_id() gives EVIDENCE_NONE for an id that does not exist. */
const char *evidence_id(enum evidence evidence);
const char *evidence_question(enum evidence evidence);
enum evidence evidence_from_id(const char *id);
const char *evidence_source_name(enum evidence_source source);

/*
 * Records the answer @truth to @id and what was looked at. @value NULL means that it could not
 * be read. Both strings are copied. For EVIDENCE_NONE only the observation is kept.
 */
void evidence_set_add(struct evidence_set *set, enum evidence id, enum truth truth,
		      enum evidence_source source, const char *where, const char *value);

/* As evidence_set_add(), with the value printed by @format. */
void evidence_set_addf(struct evidence_set *set, enum evidence id, enum truth truth,
		       enum evidence_source source, const char *where, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Appends a copy of everything in @from to @to; a known answer replaces an unknown one. */
void evidence_set_merge(struct evidence_set *to, const struct evidence_set *from);

/* The last observation about @id, which its answer follows, or NULL. */
const struct observation *evidence_set_find(const struct evidence_set *set, enum evidence id);

/* Frees what the set owns and zeroes it. */
void evidence_set_release(struct evidence_set *set);

#endif
