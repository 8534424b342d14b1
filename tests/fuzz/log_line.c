/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>

#include "diagnosis/log_evidence.h"
#include "fuzz.h"
#include "rules/rules.h"

#define FILLING_MOST 200

/*
 * A line that is made from @pattern with pieces of the input in place of its wildcards must
 * match it, whatever the pieces are: the first match of a piece is never a wrong one.
 */
static void require_made_line(const char *pattern, const char *text)
{
	char line[4096];
	size_t used = 0;

	for (const char *at = pattern; *at; at++) {
		size_t length = strcspn(text, "|");

		if (*at != '*') {
			line[used++] = *at;
			continue;
		}
		if (length > FILLING_MOST)
			length = FILLING_MOST;
		REQUIRE(used + length + strlen(at) < sizeof(line));
		memcpy(line + used, text, length);
		used += length;
		text += length + (text[length] == '|');
	}
	line[used] = '\0';
	REQUIRE(rules_log_pattern_matches(pattern, line));
}

static void add_evidence(const char *line)
{
	struct pci_device devices[] = {{.address = {0, 0, 3, 0}}, {.address = {0, 1, 0, 1}}};
	struct device_view view = {.device = &devices[0], .members = devices, .n_members = 2};
	struct evidence_set set = {0};

	log_evidence_add_line(&view, line, &set);
	log_evidence_add_boot_line(line, &set);
	log_evidence_close(&set, true);
	evidence_set_release(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *pattern = strdup(text), *line = strchr(text, '\n');

	REQUIRE(pattern);
	for (size_t i = 0; i < log_signatures_count; i++)
		require_made_line(log_signatures[i].pattern, text);
	add_evidence(text);
	/* A foreign pattern on a foreign line. */
	pattern[strcspn(pattern, "\n")] = '\0';
	if (line)
		rules_log_pattern_matches(pattern, line + 1);
	REQUIRE(rules_log_pattern_matches(pattern, pattern));
	free(pattern);
	free(text);
	return 0;
}
