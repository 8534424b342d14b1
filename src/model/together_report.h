/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_TOGETHER_REPORT_H
#define MODEL_TOGETHER_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pci_address.h"
#include "model/attempt.h"

/* Whether two devices of a set can share an IOMMU domain. Owns its strings. */
struct domain_pair {
	struct pci_address a, b;
	enum verdict verdict;
	enum confidence confidence;
	char *why;
};

/* What a joint trial did with the first device of one group. */
struct joint_attempt {
	struct pci_address address;
	struct attempt attempt;
};

/*
 * Whether the devices of one virtual machine can share an IOMMU domain. Owns everything it
 * points to. Zeroed: nobody asked.
 */
struct together_report {
	bool asked;
	enum outcome outcome;
	enum verdict verdict;
	enum confidence confidence;
	enum access_path path; /* that told it */
	enum step step;	       /* where the devices failed together; STEP_NONE: nowhere */
	int err;
	char *summary;
	char *explanation;
	char **fixes;
	size_t n_fixes;
	unsigned domains; /* IOMMU domains that the virtual machine will need; 0: not known */
	struct domain_pair *pairs;
	size_t n_pairs;
	struct joint_attempt *attempts;
	size_t n_attempts;
};

/* Frees what the report owns and zeroes it. */
void together_report_release(struct together_report *report);

#endif
