/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_MODULE_FILES_H
#define HOST_MODULE_FILES_H

/* The files of kmod (modules.dep(5), modprobe.d(5)): private to host/. */

#include <stdbool.h>

#include "host/root.h"

/* Compares the names of two modules, for which - and _ are the same. */
bool module_name_equal(const char *a, const char *b);

/*
 * Whether the line's path ("kernel/drivers/vfio/pci/vfio-pci.ko.xz") is that of module @name.
 * @path ends at a colon, a blank or the end.
 */
bool module_path_is(const char *path, const char *name);

/*
 * Puts the folder of the release's modules ("/lib/modules/6.1.0") into @buffer. Returns 0,
 * -ENOENT where there is none, or another negative errno.
 */
int module_folder(const struct host_root *root, const char *release, char *buffer, size_t size);

/*
 * Whether modprobe.d replaces the loading of module @name by nothing ("install NAME
 * /bin/false"), or the kernel command line forbids it (module_blacklist=). "blacklist" is no
 * such thing: it only keeps aliases from loading the module. 1, 0 or -ENOMEM.
 */
int module_is_blocked(const struct host_root *root, const char *name);

/*
 * Whether modprobe.d sets the boolean @option of module @name (spelled with _) when it is loaded.
 * 1, 0 or -ENOMEM.
 */
int module_option_is_set(const struct host_root *root, const char *name, const char *option);

/* Gets one line of one file, which it may write into; another result than 0 ends the walk. */
typedef int (*module_line_visitor)(void *data, const char *path, char *line);

/*
 * Shows every line of modprobe.d to @visit, file by file in the order of modprobe.d(5). Returns
 * what @visit ended with, 0 at the end, or -ENOMEM.
 */
int module_config_walk(const struct host_root *root, module_line_visitor visit, void *data);

#endif
