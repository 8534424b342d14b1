/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "iommu-diag/explain.h"
#include "rules/rules.h"

/*
 * Reads one line of at most EXPLAIN_LINE_MOST - 1 bytes into @buffer; the rest of a
 * longer one is skipped, and zero bytes become spaces. Returns whether there was a line.
 */
static bool read_line(FILE *file, char *buffer)
{
	size_t length = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF && c != '\n')
		if (length < EXPLAIN_LINE_MOST - 1)
			buffer[length++] = c ? (char)c : ' ';
	while (length > 0 && isspace((unsigned char)buffer[length - 1]))
		length--;
	buffer[length] = '\0';
	return length > 0 || c != EOF;
}

/* The first address with a domain ("0000:01:00.0") in @line. */
static bool find_device(const char *line, struct pci_address *ret)
{
	for (const char *dot = strchr(line, '.'); dot; dot = strchr(dot + 1, '.')) {
		const char *start = dot;
		char address[PCI_ADDRESS_SIZE];
		size_t length;

		while (start > line && (isxdigit((unsigned char)start[-1]) || start[-1] == ':'))
			start--;
		/* A colon that ends the word before ("pci:0000:...") is no part of it. */
		while (*start == ':')
			start++;
		length = (size_t)(dot - start) + 2;
		if (length >= sizeof(address) || dot[1] == '\0' || isalnum((unsigned char)dot[2]))
			continue;
		memcpy(address, start, length);
		address[length] = '\0';
		for (char *c = address; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (pci_address_parse_exact(address, ret) == 0)
			return true;
	}
	return false;
}

/* The number that follows one of the ways in which tools name a group, or -1. */
static int find_group(const char *line)
{
	static const char *const leads[] = {
		"/dev/vfio/",	"iommu_groups/", "iommu group ", "IOMMU group ",
		"iommu_group ", "VFIO group ",	 "group ",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(leads); i++) {
		const char *at = strstr(line, leads[i]);
		char *end;
		long number;

		if (!at || !isdigit((unsigned char)at[strlen(leads[i])]))
			continue;
		number = strtol(at + strlen(leads[i]), &end, 10);
		if (number <= INT_MAX && !isalnum((unsigned char)*end))
			return (int)number;
	}
	return -1;
}

static const struct log_signature *recognise(const char *line)
{
	for (size_t i = 0; i < log_signatures_count; i++)
		if (log_signatures[i].verdict != VERDICT_NONE &&
		    rules_log_pattern_matches(log_signatures[i].pattern, line))
			return &log_signatures[i];
	return NULL;
}

static bool is_repeated(const struct finding_list *list, const struct finding *candidate)
{
	for (size_t i = 0; i < list->n_findings; i++) {
		const struct finding *known = &list->findings[i];

		if (known->verdict == candidate->verdict &&
		    known->has_device == candidate->has_device &&
		    (!known->has_device || pci_address_equal(&known->device, &candidate->device)))
			return true;
	}
	return false;
}

static int take_line(const char *line, size_t number, struct finding_list *list)
{
	const struct log_signature *signature = recognise(line);
	struct finding seen = {.line = number, .group = -1};
	struct finding *finding;

	if (!signature || list->n_findings >= EXPLAIN_FINDINGS_MOST)
		return 0;
	seen.verdict = signature->verdict;
	/* One line shows a symptom; without the steps around it no cause is sure. */
	seen.confidence = CONFIDENCE_LIKELY;
	seen.has_device = find_device(line, &seen.device);
	seen.group = find_group(line);
	if (is_repeated(list, &seen))
		return 0;
	finding = finding_list_add(list, seen.verdict, seen.confidence);
	if (!finding)
		return -ENOMEM;
	*finding = seen;
	finding->matched = strdup(line);
	if (!finding->matched)
		return -ENOMEM;
	return explain_fill_texts(finding, NULL, NULL, NULL);
}

/* Lines that are no fault go behind those that are; else the earlier line is nearer the
 * cause. */
static int compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	bool idle_x = x->verdict == VERDICT_NO_FAULT, idle_y = y->verdict == VERDICT_NO_FAULT;

	if (idle_x != idle_y)
		return idle_x ? 1 : -1;
	return x->line < y->line ? -1 : x->line > y->line;
}

int explain_stream(FILE *file, struct finding_list *list)
{
	AUTO_FREE char *line = malloc(EXPLAIN_LINE_MOST);
	size_t number = 0;
	int r = line ? 0 : -ENOMEM;

	while (r == 0 && read_line(file, line))
		r = take_line(line, ++number, list);
	if (r == 0 && ferror(file))
		r = -EIO;
	if (list->n_findings > 1)
		qsort(list->findings, list->n_findings, sizeof(*list->findings), compare);
	return r;
}
