/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <string.h>

#include "diagnosis/log_evidence.h"
#include "rules/rules.h"

/* "0000:00:03.0" and the domains of VMD, "10000:01:00.0". */
#define SHORTEST_ADDRESS 12
#define LONGEST_ADDRESS 16

static bool is_address_char(char c)
{
	return isxdigit((unsigned char)c) || c == ':' || c == '.';
}

/* The next PCI address in *@cursor, which moves behind it. */
static bool next_address(const char **cursor, struct pci_address *ret)
{
	const char *start = *cursor;

	while (*start) {
		char word[LONGEST_ADDRESS + 1];
		size_t length = 0;

		while (is_address_char(start[length]))
			length++;
		/* The prefix of a message ends with ": ", which is no part of the address. */
		size_t trimmed = length;
		while (trimmed > 0 && (start[trimmed - 1] == ':' || start[trimmed - 1] == '.'))
			trimmed--;
		if (trimmed >= SHORTEST_ADDRESS && trimmed <= LONGEST_ADDRESS) {
			memcpy(word, start, trimmed);
			word[trimmed] = '\0';
			if (pci_address_parse_exact(word, ret) == 0) {
				*cursor = start + length;
				return true;
			}
		}
		start += length ? length : 1;
	}
	*cursor = start;
	return false;
}

static bool is_member(const struct device_view *view, const struct pci_address *address)
{
	for (size_t i = 0; i < view->n_members; i++)
		if (pci_address_equal(&view->members[i].address, address))
			return true;
	return pci_address_equal(&view->device->address, address);
}

/* "DMAR: dmar1: No free domain ids" is about the devices behind dmar1 only. */
static bool names_other_unit(const struct device_view *view, const char *line)
{
	const struct fact_text *iommu = &view->device->iommu;
	const char *unit = strstr(line, ": dmar");
	size_t length;

	if (!unit || iommu->state != FACT_KNOWN)
		return false;
	unit += 2;
	length = strcspn(unit, ": ");
	return strlen(iommu->text) != length || strncmp(iommu->text, unit, length) != 0;
}

static bool concerns(const struct device_view *view, const char *line)
{
	struct pci_address address;
	bool names_any = false;

	if (names_other_unit(view, line))
		return false;
	while (next_address(&line, &address)) {
		if (is_member(view, &address))
			return true;
		names_any = true;
	}
	return !names_any;
}

void log_evidence_add_line(const struct device_view *view, const char *line,
			   struct evidence_set *ret)
{
	if (!concerns(view, line))
		return;
	for (size_t i = 0; i < log_signatures_count; i++) {
		const struct log_signature *signature = &log_signatures[i];

		if (signature->evidence != EVIDENCE_NONE &&
		    rules_log_pattern_matches(signature->pattern, line))
			evidence_set_add(ret, signature->evidence, TRUTH_YES, SOURCE_JOURNAL,
					 "kernel log", line);
	}
}

void log_evidence_add_boot_line(const char *line, struct evidence_set *ret)
{
	for (size_t i = 0; i < log_signatures_count; i++) {
		enum evidence id = log_signatures[i].evidence;

		if ((id == EVIDENCE_LOG_IOMMU_DISABLED || id == EVIDENCE_LOG_NO_TRANSLATION ||
		     id == EVIDENCE_LOG_REMAPPING_DISABLED ||
		     id == EVIDENCE_LOG_FIRMWARE_TABLE_BROKEN) &&
		    ret->truth[id] != TRUTH_YES &&
		    rules_log_pattern_matches(log_signatures[i].pattern, line))
			evidence_set_add(ret, id, TRUTH_YES, SOURCE_JOURNAL, "kernel log", line);
	}
}

void log_evidence_close(struct evidence_set *ret, bool complete)
{
	for (size_t i = 0; complete && i < log_signatures_count; i++)
		if (log_signatures[i].evidence != EVIDENCE_NONE &&
		    ret->truth[log_signatures[i].evidence] == TRUTH_UNKNOWN)
			ret->truth[log_signatures[i].evidence] = TRUTH_NO;
}
