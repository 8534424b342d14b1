/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/host_report.h"

const char *host_level_name(enum host_level level)
{
	switch (level) {
	case HOST_SKIP:
		return "SKIP";
	case HOST_PASS:
		return "PASS";
	case HOST_NOTE:
		return "NOTE";
	case HOST_WARN:
		return "WARN";
	case HOST_FAIL:
		return "FAIL";
	}
	return NULL;
}

int host_report_add(struct host_report *report, const char *id, const char *subject,
		    enum host_level level, const char *fix, const char *format, ...)
{
	struct host_line *grown = reallocarray(report->lines, report->n_lines + 1, sizeof(*grown));
	struct host_line line = {.id = id, .subject = subject, .level = level};
	va_list arguments;

	if (!grown)
		return -ENOMEM;
	report->lines = grown;
	va_start(arguments, format);
	if (vasprintf(&line.detail, format, arguments) < 0)
		line.detail = NULL;
	va_end(arguments);
	line.fix = fix ? strdup(fix) : NULL;
	if (!line.detail || (fix && !line.fix)) {
		free(line.detail);
		free(line.fix);
		return -ENOMEM;
	}
	grown[report->n_lines++] = line;
	return 0;
}

int host_report_exit_status(const struct host_report *report)
{
	enum host_level worst = HOST_PASS;

	for (size_t i = 0; i < report->n_lines; i++)
		if (report->lines[i].level > worst)
			worst = report->lines[i].level;
	return worst == HOST_FAIL ? 1 : worst == HOST_WARN ? 3 : 0;
}

void host_report_release(struct host_report *report)
{
	for (size_t i = 0; i < report->n_lines; i++) {
		free(report->lines[i].detail);
		free(report->lines[i].fix);
	}
	free(report->lines);
	*report = (struct host_report){0};
}
