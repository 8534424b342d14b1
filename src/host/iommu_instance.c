/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "host/iommu_instance.h"

/* A register of 64 bits in hexadecimal. */
#define REGISTER_SIZE 32

static enum truth same_register(const struct host_root *root, const char *a, const char *b,
				const char *name)
{
	char first[REGISTER_SIZE], second[REGISTER_SIZE];

	if (host_root_read(root, first, sizeof(first), "/sys/class/iommu/%s/%s", a, name) <= 0 ||
	    host_root_read(root, second, sizeof(second), "/sys/class/iommu/%s/%s", b, name) <= 0)
		return TRUTH_UNKNOWN;
	return truth_of(strcmp(first, second) == 0);
}

enum truth host_iommu_same_capabilities(const struct host_root *root, const char *a, const char *b)
{
	static const char *const registers[][2] = {
		{"intel-iommu/cap", "intel-iommu/ecap"},
		{"amd-iommu/cap", "amd-iommu/features"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(registers); i++) {
		enum truth first = same_register(root, a, b, registers[i][0]);
		enum truth second = same_register(root, a, b, registers[i][1]);

		if (first == TRUTH_UNKNOWN || second == TRUTH_UNKNOWN)
			continue;
		return truth_of(first == TRUTH_YES && second == TRUTH_YES);
	}
	return TRUTH_UNKNOWN;
}
