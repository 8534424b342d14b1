/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FUZZ_TREE_H
#define TESTS_FUZZ_TREE_H

/* For parsers that read a file of a captured tree: one tree per process, removed at its end. */

#include "fuzz.h"
#include "tests/unit/host_tree.h"

static struct host_root fuzz_root;

static void close_tree(void)
{
	tree_close(&fuzz_root);
}

/* Opens the tree on the first call; returns whether this was it. */
static inline bool fuzz_tree_open(void)
{
	char memory[] = "/dev/shm/iommu-diag-fuzz-XXXXXX";

	if (fuzz_root.prefix)
		return false;
	/* Files that are written again and again are slow on a disk. */
	if (mkdtemp(memory))
		REQUIRE(host_root_open(memory, &fuzz_root) == 0);
	else
		tree_open(&fuzz_root);
	atexit(close_tree);
	return true;
}

#endif
