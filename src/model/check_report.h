/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_CHECK_REPORT_H
#define MODEL_CHECK_REPORT_H

#include <stddef.h>

#include "base/pci_address.h"
#include "model/attempt.h"
#include "model/domain_report.h"
#include "model/evidence.h"
#include "model/in_use.h"
#include "model/together_report.h"
#include "model/truth.h"
#include "model/verdict.h"

struct alternative {
	enum verdict verdict;
	enum confidence confidence;
	char *why;
};

struct warning {
	enum verdict verdict;
	char *why;
};

/* What the host would lose beside a device, because the whole group goes with it. */
struct group_use {
	struct pci_address address;
	struct in_use_list in_use;
};

/* What `check` answers for one device. Owns everything it points to. */
struct device_report {
	struct pci_address address;
	struct fact_number group;
	struct fact_text driver;
	enum outcome outcome;
	enum verdict verdict;
	enum confidence confidence;
	enum access_path path;
	enum access_path default_path; /* of QEMU and libvirt here; PATH_PASSIVE: not known */
	enum step step;		       /* the deciding step; STEP_NONE where there is none */
	int err;		       /* positive errno of that step; 0: null */
	char *summary;
	char *explanation;
	char **fixes;
	size_t n_fixes;
	struct evidence_set evidence;
	struct alternative *alternatives;
	size_t n_alternatives;
	struct warning *warnings;
	size_t n_warnings;
	char *note; /* what is no fault and worth to know; NULL: nothing */
	struct in_use_list in_use;
	struct group_use *group_in_use; /* the other endpoints of the group */
	size_t n_group_in_use;
	struct attempt *attempts;
	size_t n_attempts;
	enum truth restored;  /* TRUTH_UNKNOWN: wrote nothing */
	char *restore_detail; /* why it is not back and what to do; NULL where restored */
	bool gone;	      /* it is not back because it has left the bus */
};

struct check_report {
	char *kernel;
	struct device_report *devices;
	size_t n_devices;
	struct domain_report domain; /* without a guest: nobody asked */
	struct together_report together;
};

/*
 * The exit status of the contract: one device by its outcome, several 1 over 4 over 3 over 0; what
 * was asked of all of them together counts as one more.
 */
int check_report_exit_status(const struct check_report *report);

/* Appends copies of the strings. Return 0 or -ENOMEM. */
int device_report_add_fix(struct device_report *device, const char *fix);
int device_report_add_alternative(struct device_report *device, enum verdict verdict,
				  enum confidence confidence, const char *why);
int device_report_add_warning(struct device_report *device, enum verdict verdict, const char *why);

/* Free what they own and zero it. */
void device_report_release(struct device_report *device);
void check_report_release(struct check_report *report);

#endif
