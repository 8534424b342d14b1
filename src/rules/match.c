/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/pci_address.h"
#include "rules/rules.h"

/* How well one rule fits one query. */
struct fit {
	unsigned held;	  /* needs, and a driver, that are known to hold */
	unsigned unknown; /* the same, not known */
	bool in_range;	  /* of the rule's kernels; true where the kernel is not known */
};

/* The kernels whose sources were read row by row and whose answers were measured. */
static const struct {
	int major, minor;
} read_kernels[] = {{6, 1}, {6, 12}, {7, 3}};

static bool kernel_was_read(const struct rule_query *query)
{
	for (size_t i = 0; i < sizeof(read_kernels) / sizeof(read_kernels[0]); i++)
		if (query->kernel_major == read_kernels[i].major &&
		    query->kernel_minor == read_kernels[i].minor)
			return true;
	return false;
}

static bool kernel_in_range(const struct kernel_range *range, const struct rule_query *query)
{
	int version = query->kernel_major * 1000 + query->kernel_minor;
	int first = range->first_major * 1000 + range->first_minor;
	int last = range->last_major * 1000 + range->last_minor;

	if (version == 0)
		return true;
	return version >= first && (last == 0 || version <= last);
}

static bool errno_fits(const int *errnos, int err)
{
	if (errnos[0] == 0)
		return true;
	for (; *errnos != 0; errnos++)
		if (*errnos == err)
			return true;
	return false;
}

/* Whether @name stands in the comma-separated @list. */
static bool list_has(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; *at != '\0'; at += strspn(at, ",")) {
		size_t word = strcspn(at, ",");

		if (word == length && strncmp(at, name, length) == 0)
			return true;
		at += word;
	}
	return false;
}

/* Evidence that only a recorded trace gives: which function produced the errno. */
static bool is_origin(enum evidence id)
{
	return id >= EVIDENCE_TRACE_ORIGIN_ATTACH_DEV && id <= EVIDENCE_TRACE_ORIGIN_MSI_ISOLATION;
}

static bool asks_for_origin(const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_needs; i++)
		if (is_origin(rule->needs[i].evidence))
			return true;
	return false;
}

/* Returns false where @rule cannot be what happened. */
static bool fits(const struct rule *rule, const struct rule_query *query, struct fit *fit)
{
	*fit = (struct fit){.in_range = kernel_in_range(&rule->kernel, query)};
	if (rule->path != query->path || rule->step != query->step)
		return false;
	if (rule->access != PATH_PASSIVE && rule->access != query->access)
		return false;
	if (!errno_fits(rule->errnos, query->err))
		return false;
	if (rule->driver && query->driver) {
		if (!list_has(rule->driver, query->driver))
			return false;
		fit->held++;
	} else if (rule->driver && !list_has(rule->driver, "unknown")) {
		fit->unknown++;
	}
	for (size_t i = 0; i < rule->n_needs; i++) {
		enum truth truth = query->evidence->truth[rule->needs[i].evidence];

		/* Without a trace, a rule about one is no possibility, only silence. */
		if (truth == TRUTH_UNKNOWN &&
		    (is_origin(rule->needs[i].evidence) ||
		     rule->needs[i].evidence == EVIDENCE_TRACE_ATTACH_SWALLOWED))
			return false;
		if (truth == TRUTH_UNKNOWN)
			fit->unknown++;
		else if (truth != rule->needs[i].wanted)
			return false;
		else
			fit->held++;
	}
	return true;
}

/* What @rule may claim. Without evidence it is the kernel version that vouches for it. */
static enum confidence claim(const struct rule *rule, const struct rule_query *query,
			     const struct fit *fit)
{
	enum confidence most = rule->confidence;

	if (rule->fallback || fit->unknown > 0)
		return CONFIDENCE_POSSIBLE;
	if (rule->n_needs == 0) {
		enum confidence vouched = fit->in_range && kernel_was_read(query)
						  ? CONFIDENCE_LIKELY
						  : CONFIDENCE_POSSIBLE;

		if (vouched < most)
			most = vouched;
	}
	return most;
}

/* Whether @a answers @query better than @b, which does not stand before it in the table.
 */
static bool better(const struct rule_query *query, const struct rule_match *a,
		   const struct rule_match *b)
{
	struct fit fit_a, fit_b;

	if (a->rule->fallback != b->rule->fallback)
		return b->rule->fallback;
	if ((a->unknown_needs == 0) != (b->unknown_needs == 0))
		return a->unknown_needs == 0;
	if (query->path == PATH_PASSIVE || query->path == PATH_DOMAIN)
		return false;
	if (asks_for_origin(a->rule) != asks_for_origin(b->rule))
		return asks_for_origin(a->rule);
	if (a->confidence != b->confidence)
		return a->confidence > b->confidence;
	fits(a->rule, query, &fit_a);
	fits(b->rule, query, &fit_b);
	if (fit_a.held != fit_b.held)
		return fit_a.held > fit_b.held;
	if (fit_a.in_range != fit_b.in_range)
		return fit_a.in_range;
	return fit_a.unknown < fit_b.unknown;
}

/* Alternatives to one answer have verdicts of their own; a domain can have the same twice. */
static bool is_doubled(const struct rule_match *a, const struct rule_match *b)
{
	return a->rule->verdict == b->rule->verdict && a->rule->path != PATH_DOMAIN;
}

/*
 * Inserts @found behind the matches that are not worse. Of several rules with one verdict
 * only the best stays: the others would read as alternatives to themselves.
 */
static size_t insert(const struct rule_query *query, struct rule_match *matches, size_t n,
		     size_t size, struct rule_match found)
{
	size_t at = 0;
	size_t end;

	while (at < n && !better(query, &found, &matches[at])) {
		if (is_doubled(&matches[at], &found))
			return n;
		at++;
	}
	if (at == size)
		return n;
	for (end = at; end < n; end++)
		if (is_doubled(&matches[end], &found))
			break;
	if (end == n && n < size)
		n++;
	else if (end == n)
		end = n - 1;
	memmove(&matches[at + 1], &matches[at], (end - at) * sizeof(*matches));
	matches[at] = found;
	return n;
}

size_t rules_match(const struct rule_query *query, struct rule_match *matches, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < rules_count; i++) {
		const struct rule *rule = &rules_table[i];
		struct fit fit;

		if (!fits(rule, query, &fit))
			continue;
		n = insert(query, matches, n, size,
			   (struct rule_match){rule, claim(rule, query, &fit), fit.unknown});
	}
	/* Who saw which function answered needs no guess about it. */
	while (n > 1 && matches[0].unknown_needs == 0 && asks_for_origin(matches[0].rule) &&
	       !asks_for_origin(matches[n - 1].rule))
		n--;
	/* Beside a rule whose evidence is known, a fallback would only sow doubt. */
	while (n > 1 && matches[0].unknown_needs == 0 && !matches[0].rule->fallback &&
	       matches[n - 1].rule->fallback)
		n--;
	return n;
}

bool rules_log_pattern_matches(const char *pattern, const char *line)
{
	while (*pattern != '\0') {
		size_t length = strcspn(pattern, "*");
		const char *found = length > 0 ? memmem(line, strlen(line), pattern, length) : line;

		if (!found)
			return false;
		line = found + length;
		pattern += length;
		pattern += strspn(pattern, "*");
	}
	return true;
}

const char *rules_iommu_driver(const char *instance)
{
	static const struct {
		const char *prefix;
		const char *driver;
	} known[] = {
		{"dmar", "intel"},	{"ivhd", "amd"},	{"smmu3.", "smmuv3"},
		{"smmu.", "smmu"},	{"virtio", "virtio"},	{"riscv-iommu", "riscv"},
		{"apple-dart", "dart"}, {"s390-iommu", "s390"},
	};
	struct pci_address address;

	/* virtio-iommu gives its instance the name of the function that it drives. */
	if (pci_address_parse_exact(instance, &address) == 0)
		return "virtio";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(instance, known[i].prefix, strlen(known[i].prefix)) == 0)
			return known[i].driver;
	return NULL;
}
