/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/capacity.h"
#include "host/fact.h"
#include "host/root_file.h"

#define FILE_MOST (1 << 20)

/* /proc/cpuinfo has a paragraph per processor; the first is read. */
#define CPU_MOST 8192

/* The number of kB behind @name in /proc/meminfo, as bytes. */
static struct fact_number meminfo(const char *text, const char *name)
{
	const char *line = strstr(text, name);
	unsigned long long kilobytes;

	if (!line || sscanf(line + strlen(name), ": %llu kB", &kilobytes) != 1)
		return (struct fact_number){FACT_UNKNOWN, 0};
	return (struct fact_number){FACT_KNOWN, kilobytes * 1024};
}

static void read_processor(const struct host_root *root, struct host_capacity *capacity)
{
	char text[CPU_MOST + 1];
	ssize_t length = host_root_read_bytes(root, "/proc/cpuinfo", text, CPU_MOST);
	const char *line;
	unsigned bits;

	if (length <= 0)
		return;
	text[length] = '\0';
	if (strstr(text, "vendor_id"))
		capacity->cpu_amd =
			truth_of(strstr(text, "AuthenticAMD") || strstr(text, "HygonGenuine"));
	/* Other architectures name no vendor_id, and none of theirs has the HyperTransport hole. */
	else if (strstr(text, "processor"))
		capacity->cpu_amd = TRUTH_NO;
	line = strstr(text, "address sizes");
	line = line ? strchr(line, ':') : NULL;
	if (line && sscanf(line, ": %u bits physical", &bits) == 1)
		capacity->address_bits = (struct fact_number){FACT_KNOWN, bits};
}

void host_capacity_read(const struct host_root *root, struct host_capacity *ret)
{
	AUTO_FREE char *text = NULL;

	*ret = (struct host_capacity){0};
	if (host_root_read_all(root, "/proc/meminfo", FILE_MOST, &text, NULL) == 0) {
		ret->memory_total = meminfo(text, "MemTotal");
		ret->memory_available = meminfo(text, "MemAvailable");
	}
	read_processor(root, ret);
}

struct fact_number host_hugepages_free(const struct host_root *root, uint64_t size)
{
	struct fact_number count;

	if (size == 0) {
		AUTO_FREE char *text = NULL;
		struct fact_number usual = {FACT_UNKNOWN, 0};

		if (host_root_read_all(root, "/proc/meminfo", FILE_MOST, &text, NULL) == 0)
			usual = meminfo(text, "Hugepagesize");
		if (usual.state != FACT_KNOWN || usual.number == 0)
			return (struct fact_number){FACT_UNKNOWN, 0};
		size = usual.number;
	}
	count = fact_number_read(root, "/sys/kernel/mm/hugepages/hugepages-%llukB/free_hugepages",
				 (unsigned long long)size / 1024);
	if (count.state == FACT_ABSENT && host_root_exists(root, "/sys/kernel/mm/hugepages") != 1)
		count.state = FACT_UNKNOWN;
	if (__builtin_mul_overflow(count.number, size, &count.number))
		return (struct fact_number){FACT_UNKNOWN, 0};
	return count;
}

/* VT-d: MGAW is bits 21:16 of the capability register, and the page tables are bits 12:8. */
static struct fact_number intel_width(uint64_t capability)
{
	unsigned mgaw = (unsigned)(capability >> 16 & 0x3f) + 1, table = 0;

	if (capability >> 9 & 1)
		table = 39;
	if (capability >> 10 & 1)
		table = 48;
	if (capability >> 11 & 1)
		table = 57;
	if (table == 0)
		return (struct fact_number){FACT_UNKNOWN, 0};
	return (struct fact_number){FACT_KNOWN, mgaw < table ? mgaw : table};
}

/* AMD: the host address translation size is bits 11:10 of the extended features. */
static struct fact_number amd_width(uint64_t features)
{
	static const unsigned widths[] = {48, 57, 64};
	unsigned size = (unsigned)(features >> 10 & 3);

	if (size >= ARRAY_LENGTH(widths))
		return (struct fact_number){FACT_UNKNOWN, 0};
	return (struct fact_number){FACT_KNOWN, widths[size]};
}

struct fact_number host_iommu_width(const struct host_root *root, const char *instance)
{
	const struct fact_number unknown = {FACT_UNKNOWN, 0};
	char text[64];
	uint64_t number;

	if (strchr(instance, '/') || instance[0] == '.')
		return unknown;
	if (strncmp(instance, "dmar", 4) == 0) {
		if (host_root_read(root, text, sizeof(text), "/sys/class/iommu/%s/intel-iommu/cap",
				   instance) < 0 ||
		    !number_parse(text, 16, &number))
			return unknown;
		return intel_width(number);
	}
	if (strncmp(instance, "ivhd", 4) == 0) {
		const char *features = text;

		/* The second register stands before the first since Linux 5.19. */
		if (host_root_read(root, text, sizeof(text),
				   "/sys/class/iommu/%s/amd-iommu/features", instance) < 0)
			return unknown;
		features = strchr(text, ':') ? strchr(text, ':') + 1 : text;
		return number_parse(features, 16, &number) ? amd_width(number) : unknown;
	}
	return unknown;
}
