/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "host/locked_memory.h"
#include "tests/unit/check.h"
#include "tests/unit/host_tree.h"

#define PAGE 4096

static void set_limit(const struct host_root *root, const char *soft)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "Limit                     Soft Limit           Hard Limit           Units\n"
		 "Max processes             127                  127                  processes\n"
		 "Max locked memory         %-20s unlimited            bytes\n",
		 soft);
	tree_write(root, "/proc/self/limits", text);
}

static void set_status(const struct host_root *root, const char *locked, const char *capabilities)
{
	char text[256];

	snprintf(text, sizeof(text), "Name:\tiommu-diag\nVmLck:\t%s\nCapEff:\t%s\n", locked,
		 capabilities);
	tree_write(root, "/proc/self/status", text);
}

static enum truth is_low(const struct host_root *root, bool by_user)
{
	char value[LOCKED_MEMORY_VALUE_SIZE];

	return host_locked_memory_is_low(root, PAGE, by_user, value);
}

static void test_limits(const struct host_root *root)
{
	char value[LOCKED_MEMORY_VALUE_SIZE];

	CHECK_INT(host_locked_memory_is_low(root, PAGE, false, value), TRUTH_UNKNOWN);
	CHECK_STR(value, "");
	set_status(root, "       0 kB", "000001ffffffbfff"); /* all but CAP_IPC_LOCK */
	CHECK_INT(is_low(root, false), TRUTH_UNKNOWN);
	set_limit(root, "0");
	CHECK_INT(host_locked_memory_is_low(root, PAGE, false, value), TRUTH_YES);
	CHECK_STR(value, "0 bytes");
	CHECK_INT(is_low(root, true), TRUTH_YES);
	set_limit(root, "4095");
	CHECK_INT(is_low(root, false), TRUTH_YES);
	set_limit(root, "4096");
	CHECK_INT(is_low(root, false), TRUTH_NO);
	/* What the user's other processes have pinned is not told. */
	CHECK_INT(is_low(root, true), TRUTH_UNKNOWN);
	set_status(root, "       4 kB", "0000000000000000");
	CHECK_INT(is_low(root, false), TRUTH_YES);
	set_limit(root, "unlimited");
	CHECK_INT(host_locked_memory_is_low(root, PAGE, true, value), TRUTH_NO);
	CHECK_STR(value, "unlimited");
	set_limit(root, "0");
	set_status(root, "       4 kB", "000001ffffffffff");
	CHECK_INT(host_locked_memory_is_low(root, PAGE, false, value), TRUTH_NO);
	CHECK_STR(value, "exempt by CAP_IPC_LOCK");
	set_limit(root, "many");
	set_status(root, "       4 kB", "0000000000000000");
	CHECK_INT(is_low(root, false), TRUTH_UNKNOWN);
	set_status(root, "", "no number");
	CHECK_INT(is_low(root, false), TRUTH_UNKNOWN);
}

int main(void)
{
	struct host_root root;

	tree_open(&root);
	test_limits(&root);
	tree_close(&root);
	return check_result();
}
