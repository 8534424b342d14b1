/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/facts_part.h"

#define KALLSYMS "/proc/kallsyms"
#define CHUNK 65536

/*
 * What the kernel does is told by the functions it has; names can be read by everybody, also
 * where the addresses are hidden (errno-map F.6).
 */
enum symbol {
	SYMBOL_SET_DOMAIN,
	SYMBOL_INTEL_BLOCKING,
	SYMBOL_AMD_BLOCKED,
	SYMBOL_SMMU_BLOCKED,
	SYMBOL_COUNT,
};

static const char *const symbol_names[SYMBOL_COUNT] = {
	[SYMBOL_SET_DOMAIN] = "__iommu_device_set_domain",
	[SYMBOL_INTEL_BLOCKING] = "blocking_domain_attach_dev",
	[SYMBOL_AMD_BLOCKED] = "blocked_domain_attach_device",
	[SYMBOL_SMMU_BLOCKED] = "arm_smmu_attach_dev_blocked",
};

struct symbols {
	bool found[SYMBOL_COUNT];
	size_t lines;
};

/* "0000000000000000 t name\t[module]": the compiler may add ".part.0" and the like. */
static void take_line(struct symbols *symbols, const char *line, const char *end)
{
	const char *name = memchr(line, ' ', (size_t)(end - line));

	if (!name || end - name < 4)
		return;
	name += 3;
	symbols->lines++;
	if (*name != '_' && *name != 'b' && *name != 'a')
		return;
	for (int i = 0; i < SYMBOL_COUNT; i++) {
		size_t length = strlen(symbol_names[i]);

		if ((size_t)(end - name) >= length && memcmp(name, symbol_names[i], length) == 0 &&
		    (name + length == end || name[length] == '\t' || name[length] == '.'))
			symbols->found[i] = true;
	}
}

/* Returns how many bytes of @chunk were whole lines. */
static size_t take_chunk(struct symbols *symbols, const char *chunk, size_t size)
{
	const char *line = chunk, *end = chunk + size, *newline;

	while (line < end && (newline = memchr(line, '\n', (size_t)(end - line)))) {
		take_line(symbols, line, newline);
		line = newline + 1;
	}
	return (size_t)(line - chunk);
}

/* Five megabytes that the kernel prints anew for every reader: never kept, read but once. */
static int read_symbols(const struct host_root *root, struct symbols *symbols)
{
	AUTO_CLOSE int fd = host_root_open_file(root, KALLSYMS, O_RDONLY | O_NONBLOCK);
	AUTO_FREE char *chunk = NULL;
	size_t used = 0;

	if (fd < 0)
		return fd;
	chunk = malloc(CHUNK);
	if (!chunk)
		return -ENOMEM;
	for (;;) {
		ssize_t length = read(fd, chunk + used, CHUNK - used);
		size_t taken;

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -errno;
		if (length == 0)
			return symbols->lines > 0 ? 0 : -ENODATA;
		used += (size_t)length;
		taken = take_chunk(symbols, chunk, used);
		if (taken == 0 && used == CHUNK)
			return -EINVAL;
		used -= taken;
		memmove(chunk, chunk + taken, used);
		if (symbols->found[SYMBOL_SET_DOMAIN] && symbols->found[SYMBOL_INTEL_BLOCKING] &&
		    symbols->found[SYMBOL_AMD_BLOCKED])
			return 0;
	}
}

static bool is_before(const struct host_facts *facts, int major, int minor)
{
	return facts->kernel_major < major ||
	       (facts->kernel_major == major && facts->kernel_minor < minor);
}

/*
 * The function came in 6.5, its require_direct test in 6.6. Where it is missing in a later
 * kernel, the compiler has inlined it.
 */
static enum truth has_core_rule(const struct host_facts *facts, const struct symbols *symbols)
{
	if (symbols->found[SYMBOL_SET_DOMAIN])
		return facts->kernel_major == 6 && facts->kernel_minor == 5 ? TRUTH_UNKNOWN
									    : TRUTH_YES;
	if (facts->kernel_major == 0 || !is_before(facts, 6, 5))
		return TRUTH_UNKNOWN;
	return TRUTH_NO;
}

/* A static blocking domain in every IOMMU driver that is in use, in none, or it is not known. */
static enum truth has_blocking_domain(const struct host_facts *facts, const struct symbols *symbols)
{
	static const struct {
		const char *prefix;
		enum symbol symbol;
	} drivers[] = {
		{"dmar", SYMBOL_INTEL_BLOCKING},
		{"ivhd", SYMBOL_AMD_BLOCKED},
		{"smmu3", SYMBOL_SMMU_BLOCKED},
	};
	size_t blocking = 0, paging = 0;

	for (size_t i = 0; i < facts->n_iommus; i++) {
		for (size_t j = 0; j < ARRAY_LENGTH(drivers); j++) {
			if (strncmp(facts->iommus[i], drivers[j].prefix,
				    strlen(drivers[j].prefix)) != 0)
				continue;
			if (symbols->found[drivers[j].symbol])
				blocking++;
			else
				paging++;
		}
	}
	if (facts->n_iommus > 0 && blocking == facts->n_iommus)
		return TRUTH_YES;
	if (facts->n_iommus > 0 && paging == facts->n_iommus)
		return TRUTH_NO;
	return TRUTH_UNKNOWN;
}

int facts_read_symbols(const struct host_root *root, struct host_facts *facts)
{
	struct symbols symbols = {0};
	enum truth blocking;
	int r = read_symbols(root, &symbols);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	facts->core_direct_rule = has_core_rule(facts, &symbols);
	blocking = has_blocking_domain(facts, &symbols);
	if (blocking == TRUTH_YES)
		facts->claim_paging_domain = TRUTH_NO;
	else if (blocking == TRUTH_NO && facts->core_direct_rule == TRUTH_NO)
		facts->claim_paging_domain = TRUTH_YES;
	return 0;
}
