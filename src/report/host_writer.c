/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "report/host_writer.h"
#include "report/safe_text.h"

/* Where the words PASS and FAIL stand, below each other. */
#define SUBJECT_WIDTH 45

static enum text_colour colour_of(enum host_level level)
{
	switch (level) {
	case HOST_PASS:
		return TEXT_GREEN;
	case HOST_WARN:
		return TEXT_YELLOW;
	case HOST_FAIL:
		return TEXT_RED;
	case HOST_NOTE:
	case HOST_SKIP:
		break;
	}
	return TEXT_PLAIN;
}

void host_write_text(const struct text_out *out, const struct host_report *report)
{
	for (size_t i = 0; i < report->n_lines; i++) {
		const struct host_line *line = &report->lines[i];

		if (out->quiet && line->level < HOST_WARN)
			continue;
		fprintf(out->file, "HOST: Checking %-*s : ", SUBJECT_WIDTH, line->subject);
		text_coloured(out, colour_of(line->level), host_level_name(line->level));
		fputs(" (", out->file);
		safe_text_print(out->file, line->detail);
		fputs(")\n", out->file);
		if (line->fix)
			text_wrapped(out, "        ", 8, line->fix);
	}
}

int host_write_json(FILE *file, enum json_form form, const char *kernel,
		    const struct host_report *report)
{
	struct json_object *checks;
	struct json_out out;

	json_out_begin(&out);
	json_add_text(&out, out.root, "kernel", kernel);
	checks = json_add_array(&out, out.root, "checks");
	for (size_t i = 0; i < report->n_lines; i++) {
		const struct host_line *line = &report->lines[i];
		struct json_object *object = json_add_object(&out, checks, NULL);

		json_add_text(&out, object, "id", line->id);
		json_add_text(&out, object, "level", host_level_name(line->level));
		json_add_text(&out, object, "subject", line->subject);
		json_add_text(&out, object, "detail", line->detail);
		json_add_text(&out, object, "fix", line->fix);
	}
	return json_out_end(&out, file, form);
}
