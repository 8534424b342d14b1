/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/pci_address.h"
#include "iommu-diag/explain.h"

/* Reads hexadecimal digits at *@at and moves behind them. Returns how many there were. */
static unsigned read_hex(const char **at, unsigned most, uint32_t *ret)
{
	unsigned n = 0;

	*ret = 0;
	while (n < most && isxdigit((unsigned char)**at)) {
		unsigned char c = (unsigned char)*(*at)++;

		*ret = *ret * 16 + (uint32_t)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
		n++;
	}
	return n;
}

/*
 * "0000:01:00.0", "pci_0000_01_00_0" and, where @with_domain is false, "01:00.0". What
 * stands around it must not make it part of a time or of a longer number.
 */
static bool read_address(const char *at, bool with_domain, struct pci_address *ret)
{
	char separator = ':';
	uint32_t domain = 0, bus, slot, function;

	if (strncmp(at, "pci_", 4) == 0) {
		separator = '_';
		at += 4;
	}
	if (with_domain && (read_hex(&at, 8, &domain) < 4 || *at++ != separator))
		return false;
	if (read_hex(&at, 2, &bus) != 2 || *at++ != separator)
		return false;
	if (read_hex(&at, 2, &slot) != 2 || slot > 0x1f)
		return false;
	if (*at++ != (separator == ':' ? '.' : '_') || read_hex(&at, 1, &function) != 1)
		return false;
	if (function > 7 || isalnum((unsigned char)*at) || *at == '_')
		return false;
	*ret = (struct pci_address){domain, (uint8_t)bus, (uint8_t)slot, (uint8_t)function};
	return true;
}

static bool begins_word(const char *text, const char *at)
{
	return at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '.' || at[-1] == '_' ||
			       (at[-1] == ':' && at - 1 > text && isdigit((unsigned char)at[-2])));
}

/*
 * The address whose slot and function stand behind @colon: of a domain of up to eight digits
 * where @with_domain, else of none.
 */
static bool read_around(const char *text, const char *colon, bool with_domain,
			struct pci_address *ret)
{
	size_t most = with_domain ? 11 : 2, least = with_domain ? 7 : 2;

	for (size_t before = most; before >= least; before--)
		if ((size_t)(colon - text) >= before && begins_word(text, colon - before) &&
		    read_address(colon - before, with_domain, ret))
			return true;
	return false;
}

bool explain_find_device(const char *text, struct pci_address *ret)
{
	for (int with_domain = 1; with_domain >= 0; with_domain--) {
		for (const char *at = strchr(text, ':'); at; at = strchr(at + 1, ':'))
			if (isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]) &&
			    at[3] == '.' && read_around(text, at, with_domain != 0, ret))
				return true;
		for (const char *at = strstr(text, "pci_"); at; at = strstr(at + 1, "pci_"))
			if (begins_word(text, at) && read_address(at, with_domain != 0, ret))
				return true;
	}
	return false;
}

/* The number that follows one of the ways in which tools name a group. */
int explain_find_group(const char *text)
{
	static const char *const leads[] = {
		"/dev/vfio/noiommu-", "/dev/vfio/",   "iommu_groups/",
		"iommu group ",	      "iommu_group ", "group ",
	};

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		size_t length = strlen(leads[i]);

		for (const char *at = strstr(text, leads[i]); at; at = strstr(at + 1, leads[i])) {
			char *end;
			long number;

			if (!isdigit((unsigned char)at[length]))
				continue;
			number = strtol(at + length, &end, 10);
			if (number <= INT_MAX && !isalnum((unsigned char)*end))
				return (int)number;
		}
	}
	return -1;
}
