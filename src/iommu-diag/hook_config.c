/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "iommu-diag/hook.h"

#define LINE_MOST 256

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		text[--length] = '\0';
	return text;
}

/* Takes one setting over. Returns what was expected where it is wrong, else NULL. */
static const char *set(struct hook_config *config, const char *key, const char *value)
{
	if (strcmp(key, "mode") == 0) {
		config->block = strcmp(value, "block") == 0;
		return config->block || strcmp(value, "log") == 0 ? NULL : "log or block";
	}
	if (strcmp(key, "log") == 0) {
		config->to_stderr = strcmp(value, "stderr") == 0;
		return config->to_stderr || strcmp(value, "journal") == 0 ? NULL
									  : "journal or stderr";
	}
	return "the keys mode and log";
}

static void read_line(struct hook_config *config, const char *path, unsigned number, char *line,
		      FILE *complaints)
{
	char *key = trim(line), *value;
	const char *expected;

	if (*key == '\0' || *key == '#')
		return;
	value = strchr(key, '=');
	if (!value) {
		fprintf(complaints, "%s:%u: '%s' is not key=value\n", path, number, key);
		return;
	}
	*value++ = '\0';
	key = trim(key);
	value = trim(value);
	expected = set(config, key, value);
	if (expected)
		fprintf(complaints, "%s:%u: '%s=%s' is ignored; expected %s\n", path, number, key,
			value, expected);
}

int hook_config_read(const char *path, struct hook_config *ret)
{
	AUTO_FCLOSE FILE *file = fopen(path, "re");
	struct hook_config config = {0};
	char line[LINE_MOST];
	unsigned number = 0;
	size_t size = 0;
	FILE *complaints;

	*ret = config;
	if (!file && errno == ENOENT)
		return 0;
	complaints = open_memstream(&config.complaints, &size);
	if (!complaints)
		return -ENOMEM;
	if (!file)
		fprintf(complaints, "%s: %s\n", path, strerror(errno));
	while (file && fgets(line, sizeof(line), file))
		read_line(&config, path, ++number, line, complaints);
	if (fclose(complaints) != 0)
		return -ENOMEM;
	if (size == 0) {
		free(config.complaints);
		config.complaints = NULL;
	}
	*ret = config;
	return 0;
}
