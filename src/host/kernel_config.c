/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/kernel_config.h"
#include "host/root_file.h"

/* A distribution's configuration is about 300 kB. */
#define CONFIG_LIMIT (8 << 20)

int host_kernel_config_read(const struct host_root *root, const char *release, char **ret)
{
	static const struct {
		const char *folder, *file;
	} places[] = {
		{"/boot/config-", ""},
		{"/lib/modules/", "/config"},
		{"/usr/lib/modules/", "/config"},
	};
	char path[256];

	for (size_t i = 0; release && !strchr(release, '/') && i < ARRAY_LENGTH(places); i++) {
		int r;

		if (snprintf(path, sizeof(path), "%s%s%s", places[i].folder, release,
			     places[i].file) >= (int)sizeof(path))
			return 0;
		r = host_root_read_all(root, path, CONFIG_LIMIT, ret, NULL);
		if (r == 0 || r == -ENOMEM)
			return r;
	}
	return 0;
}

bool kernel_config_has_line(const char *text, const char *line)
{
	size_t length = strlen(line);
	const char *at = text;

	while ((at = strstr(at, line))) {
		bool begins = at == text || at[-1] == '\n';

		if (begins && (line[length - 1] == '=' || at[length] == '\n' || !at[length]))
			return true;
		at += length;
	}
	return false;
}
