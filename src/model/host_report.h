/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_HOST_REPORT_H
#define MODEL_HOST_REPORT_H

#include <stddef.h>

/* The words of virt-host-validate, and SKIP for what was not measured. */
enum host_level {
	HOST_SKIP,
	HOST_PASS,
	HOST_NOTE,
	HOST_WARN,
	HOST_FAIL,
};

/* One thing that was looked at. Owns @detail and @fix, which may be NULL. */
struct host_line {
	const char *id;	     /* for programs: "interrupt-remapping" */
	const char *subject; /* what stands behind "Checking " */
	enum host_level level;
	char *detail;
	char *fix;
};

/* What `host` answers. */
struct host_report {
	struct host_line *lines;
	size_t n_lines;
};

/* "PASS", ...; static. */
const char *host_level_name(enum host_level level);

/*
 * Appends a line; @id and @subject must be static, @fix (or NULL) is copied, @format prints the
 * detail. Returns 0 or -ENOMEM.
 */
int host_report_add(struct host_report *report, const char *id, const char *subject,
		    enum host_level level, const char *fix, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* The worst level: 1 where a line is FAIL, 3 where one is WARN, else 0. */
int host_report_exit_status(const struct host_report *report);

/* Frees what the report owns and zeroes it. */
void host_report_release(struct host_report *report);

#endif
