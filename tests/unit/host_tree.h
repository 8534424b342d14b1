/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_HOST_TREE_H
#define TESTS_UNIT_HOST_TREE_H

/*
 * A small captured tree below a temporary folder. Everything aborts where it cannot be built:
 * a test without its tree has no result.
 */

#include <stddef.h>

#include "host/root.h"

/* Makes an empty tree and opens it as a root. */
void tree_open(struct host_root *root);

/* Closes the root and removes the tree. */
void tree_close(struct host_root *root);

/* Writes a file; the folders above it are made. @size bytes, or text. */
void tree_write(const struct host_root *root, const char *path, const char *text);
void tree_write_bytes(const struct host_root *root, const char *path, const void *data,
		      size_t size);
void tree_folder(const struct host_root *root, const char *path);
void tree_link(const struct host_root *root, const char *path, const char *target);

/* What the kernel shows of one function; NULL leaves a link or file out. */
struct tree_function {
	const char *address;
	const char *parents;			  /* "pci0000:00" */
	const char *class_code, *vendor, *device; /* "10802", "1B36", "0010" */
	const char *driver;
	int group; /* -1: none */
};

/* Makes the folder of the function, its links, and its group's link back. */
void tree_add_function(const struct host_root *root, const struct tree_function *function);

#endif
