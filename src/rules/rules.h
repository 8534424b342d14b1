/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/evidence.h"
#include "model/step.h"
#include "model/verdict.h"

/* How far a rule can be trusted: read from sources, seen in the lab, seen on real
 * hardware. */
enum rule_trust {
	TRUST_READ,
	TRUST_LAB,
	TRUST_METAL,
};

struct rule_need {
	enum evidence evidence;
	enum truth wanted; /* TRUTH_YES or TRUTH_NO */
};

/* Inclusive; 0.0 is an open end. */
struct kernel_range {
	int first_major, first_minor;
	int last_major, last_minor;
};

/*
 * One stanza of src/rules/ *.rules, compiled by rules.awk. A rule answers "what does this
 * errno mean at this step, given this evidence"; a passive rule (path PATH_PASSIVE, step
 * STEP_NONE) answers "what would stop this device", from facts alone; one of PATH_DOMAIN answers
 * "what would stop this guest".
 */
struct rule {
	const char *id;
	enum access_path path;
	enum access_path access; /* a passive rule about one path only; PATH_PASSIVE: about all */
	enum step step;
	const int *errnos; /* ends with 0; empty: any errno */
	/*
	 * IOMMU drivers, comma-separated: intel amd smmuv3 smmu virtio riscv dart s390,
	 * and "unknown" where an unknown driver is no reason to doubt. NULL: any.
	 */
	const char *driver;
	struct kernel_range kernel; /* ranks only */
	const struct rule_need *needs;
	size_t n_needs;
	enum verdict verdict;
	/* FAIL; WARN for a price; UNKNOWN where it says nothing about the device. */
	enum outcome outcome;
	enum confidence confidence; /* the most that this rule may claim */
	bool fallback;
	/* Words; NULL: the verdict's own. @id@ stands for the value of an evidence. */
	const char *summary;
	const char *explain;
	const char *const *fixes; /* ends with NULL */
	const enum verdict *also; /* ends with VERDICT_NONE: what the same answer can mean as well,
				     however the evidence stands; NULL: nothing */
	const char *source;	  /* kernel file and function that it follows */
	const char *test_case;
	enum rule_trust trust;
};

/* What a verdict means, in words. */
struct verdict_text {
	const char *summary;
	const char *explain;
	const char *const *fixes; /* ends with NULL */
};

/* A kernel log line that is evidence. @pattern: literal pieces, "*" between them. */
struct log_signature {
	enum evidence evidence;
	const char *pattern;
	enum verdict verdict; /* what `explain` says of the line alone; VERDICT_NONE:
				 nothing */
};

/*
 * A message that `explain` recognises. @pattern: literal pieces; "*" stands for up to
 * TEXT_GAP characters, "#" for a number (decimal or hexadecimal), "@" for a hexadecimal
 * number of more than 40 bits. Case, quotes and runs of blanks do not count.
 */
struct text_pattern {
	const char *id;
	const char *pattern;
	enum verdict verdict;
	enum confidence confidence;
	unsigned rank;		  /* the higher, the nearer to the root cause */
	enum step step;		  /* STEP_NONE: it names none */
	const int *errnos;	  /* ends with 0; it counts only beside one of these; empty: any */
	const enum verdict *also; /* ends with VERDICT_NONE; NULL: nothing */
};

/* The most that "*" in a text_pattern stands for. */
#define TEXT_GAP 240

/* Up to this rank a text is but the consequence of another error, or no fault. */
#define TEXT_RANK_FOLLOW_UP 20

/*
 * What this host's facts say of a verdict that a text can mean (here.rules); the passive rules
 * say what proves it. Each list: one that holds is enough.
 */
struct here_rule {
	enum verdict verdict;
	bool lasting;			 /* its facts live as long as the boot */
	const struct rule_need *refutes; /* it cannot have been this */
	size_t n_refutes;
	const struct rule_need *doubts; /* it is not so now */
	size_t n_doubts;
	const struct rule_need *proves;
	size_t n_proves;
	const enum verdict *narrows; /* general answers that it replaces; ends with VERDICT_NONE */
};

/* The generated tables. */
extern const struct rule rules_table[];
extern const size_t rules_count;
extern const struct log_signature log_signatures[];
extern const size_t log_signatures_count;
extern const struct text_pattern text_patterns[];
extern const size_t text_patterns_count;
extern const struct here_rule here_rules[];
extern const size_t here_rules_count;

/* Never NULL for a verdict that exists. */
const struct verdict_text *rules_verdict_text(enum verdict verdict);

/* What is known when a rule is asked for. */
struct rule_query {
	enum access_path path;
	enum access_path access; /* what a passive query is about: PATH_TYPE1 or PATH_IOMMUFD */
	enum step step;
	int err;			/* 0 for a passive query */
	int kernel_major, kernel_minor; /* 0.0: unknown */
	const char *driver;		/* IOMMU driver, NULL: unknown */
	const struct evidence_set *evidence;
};

struct rule_match {
	const struct rule *rule;
	enum confidence confidence;
	unsigned unknown_needs;
};

/*
 * Gives the rules that fit @query, best first, at most @size of them. A rule whose need
 * is known not to hold never fits; an unknown need lowers it to "possible" and below
 * every rule whose needs are all known. Fallback rules come last, and not at all where
 * the best needs nothing that is unknown. Evidence outranks the kernel version: the range
 * only orders rules, and a rule without needs is at most "likely" on a kernel of its range
 * that was read and measured (6.1, 6.12 and 7.3 were), else "possible". Of several rules
 * with one verdict only the best is given. A rule that knows from a trace which function
 * produced the errno comes before all that do not, and drops them. Returns the number of matches.
 *
 * For a passive query, and one about a domain, the order is that of the table (its "Rank"), known
 * before unknown; of a domain, rules with the same verdict are all given.
 */
size_t rules_match(const struct rule_query *query, struct rule_match *matches, size_t size);

/*
 * Whether @line matches @pattern's pieces in order (case-sensitive).
 */
bool rules_log_pattern_matches(const char *pattern, const char *line);

/*
 * The IOMMU driver behind a /sys/class/iommu name ("dmar0" -> "intel", "0000:00:01.0" ->
 * "virtio": drivers/iommu/virtio-iommu.c viommu_probe), or NULL.
 */
const char *rules_iommu_driver(const char *instance);

#endif
