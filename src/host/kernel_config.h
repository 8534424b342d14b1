/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_KERNEL_CONFIG_H
#define HOST_KERNEL_CONFIG_H

#include <stdbool.h>

#include "host/root.h"

/*
 * Reads the configuration of kernel @release (NULL: unknown) from where distributions leave it
 * into a new string that the caller frees; NULL where it is nowhere. Returns 0 or -ENOMEM.
 */
int host_kernel_config_read(const struct host_root *root, const char *release, char **ret);

/* Whether @text has a line that is @line, or begins so where that ends with "=". */
bool kernel_config_has_line(const char *text, const char *line);

#endif
