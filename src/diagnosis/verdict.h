/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_VERDICT_H
#define DIAGNOSIS_VERDICT_H

#include "diagnosis/facts_evidence.h"
#include "model/check_report.h"

/*
 * Judges what is known: each fills outcome, verdict, confidence, path, step, errno, the texts,
 * alternatives and warnings of @report, whose address, group, driver, evidence and in_use are
 * set already. Return 0 or -ENOMEM.
 */

/*
 * From facts alone, by the passive rules about @access (PATH_TYPE1 or PATH_IOMMUFD) and the
 * contract's outcome table.
 */
int diagnose_passive(const struct device_view *view, struct device_report *report,
		     enum access_path access);

/*
 * Fills report->default_path from the report's evidence: the path that QEMU and libvirt take
 * unless they are told otherwise, type1 where the kernel has it.
 */
void diagnose_default_path(struct device_report *report);

/* As diagnose_passive() for report->default_path, with a warning where only the other fails. */
int diagnose_passive_paths(const struct device_view *view, struct device_report *report);

/* Adds a warning to an assignable device that facts say will fail through @path. */
int diagnose_path_beside(const struct device_view *view, struct device_report *report,
			 enum access_path path);

/*
 * From a walk along one path, whose steps stand in report->attempts[@index]. Its evidence and
 * its log lines join the report's. @full: the walk had every step of a trial.
 */
int diagnose_attempt(const struct device_view *view, struct device_report *report, size_t index,
		     bool full);

/*
 * From every walk of the report: judges each by its own evidence, and takes the verdict of the
 * path that QEMU takes by default, type1 where the kernel has it. Where only the other path
 * fails, that is a warning; a path that the kernel does not offer is none.
 */
int diagnose_attempts(const struct device_view *view, struct device_report *report, bool full);

/* From the errno at one step: the report's path, step, err and evidence are set already. */
int diagnose_step(const struct device_view *view, struct device_report *report);

/* The trial could not be started or finished, and nothing is said about the device. */
int diagnose_not_measured(struct device_report *report, enum verdict verdict,
			  enum confidence confidence, const char *why);

/* The host uses the device and the caller did not accept to lose it. */
int diagnose_refused(struct device_report *report);

/* A path was asked for that this kernel does not have. */
int diagnose_no_iommufd(struct device_report *report);

#endif
