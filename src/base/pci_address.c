/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pci_address.h"

#define SLOT_LAST 0x1f
#define FUNCTION_LAST 7

/*
 * Takes the 1 to @digits hexadecimal digits, or the "*", that stand before *@cursor's next
 * separator; the value must not exceed @last.
 */
static int take_field(const char **cursor, int digits, int64_t last, int64_t *ret)
{
	int64_t value = 0;
	int taken = 0;

	if (**cursor == '*') {
		(*cursor)++;
		*ret = PCI_ANY;
		return 0;
	}
	while (isxdigit((unsigned char)**cursor) && taken < digits) {
		int c = tolower((unsigned char)**cursor);

		value = value * 16 + (isdigit(c) ? c - '0' : c - 'a' + 10);
		(*cursor)++;
		taken++;
	}
	if (taken == 0 || isxdigit((unsigned char)**cursor) || value > last)
		return -EINVAL;
	*ret = value;
	return 0;
}

int pci_address_parse_exact(const char *text, struct pci_address *ret)
{
	struct pci_pattern pattern;
	struct pci_address parsed;
	char canonical[PCI_ADDRESS_SIZE];

	if (pci_pattern_parse(text, &pattern) < 0 || pattern.bus == PCI_ANY ||
	    pattern.slot == PCI_ANY || pattern.function == PCI_ANY)
		return -EINVAL;
	parsed = (struct pci_address){pattern.domain, (uint8_t)pattern.bus, (uint8_t)pattern.slot,
				      (uint8_t)pattern.function};
	if (strcmp(pci_address_format(&parsed, canonical), text) != 0)
		return -EINVAL;
	*ret = parsed;
	return 0;
}

/* "pci_0000_01_00_0" becomes "0000:01:00.0" in @buffer. */
static int from_nodedev(const char *text, char *buffer, size_t size)
{
	char domain[9], bus[3], slot[3], function[2];
	int end = 0;

	if (sscanf(text, "pci_%8[0-9a-fA-F]_%2[0-9a-fA-F]_%2[0-9a-fA-F]_%1[0-7]%n", domain, bus,
		   slot, function, &end) != 4 ||
	    text[end] != '\0')
		return -EINVAL;
	snprintf(buffer, size, "%s:%s:%s.%s", domain, bus, slot, function);
	return 0;
}

/* The fields before the dot, from the right: slot, bus, domain. */
static int parse_colon_fields(const char *text, size_t length, struct pci_pattern *ret)
{
	char copy[PCI_ADDRESS_SIZE];
	const char *cursor = copy;
	int64_t fields[3] = {0};
	int count = 0;

	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	for (;;) {
		if (count == 3 || take_field(&cursor, 8, UINT32_MAX, &fields[count++]) < 0)
			return -EINVAL;
		if (*cursor == '\0')
			break;
		if (*cursor++ != ':')
			return -EINVAL;
		if (*cursor == '\0') {
			/* "01:" names a bus and every slot on it. */
			if (count == 3)
				return -EINVAL;
			fields[count++] = PCI_ANY;
			break;
		}
	}
	if (fields[count - 1] > SLOT_LAST || (count > 1 && fields[count - 2] > UINT8_MAX) ||
	    (count > 2 && fields[0] == PCI_ANY))
		return -EINVAL;
	ret->slot = (int)fields[count - 1];
	ret->bus = count > 1 ? (int)fields[count - 2] : PCI_ANY;
	ret->domain = count > 2 ? (uint32_t)fields[0] : 0;
	return 0;
}

int pci_pattern_parse(const char *text, struct pci_pattern *ret)
{
	struct pci_pattern parsed = {0, PCI_ANY, PCI_ANY, PCI_ANY};
	char converted[24];
	const char *dot;

	if (strncmp(text, "pci_", 4) == 0) {
		if (from_nodedev(text, converted, sizeof(converted)) < 0)
			return -EINVAL;
		text = converted;
	} else if (strncmp(text, "pci/", 4) == 0) {
		text += 4;
	}
	dot = strchr(text, '.');
	if (dot) {
		const char *cursor = dot + 1;
		int64_t function;

		if (take_field(&cursor, 1, FUNCTION_LAST, &function) < 0 || *cursor != '\0')
			return -EINVAL;
		parsed.function = (int)function;
	}
	if (dot != text &&
	    parse_colon_fields(text, dot ? (size_t)(dot - text) : strlen(text), &parsed) < 0)
		return -EINVAL;
	*ret = parsed;
	return 0;
}

bool pci_pattern_matches(const struct pci_pattern *pattern, const struct pci_address *address)
{
	return pattern->domain == address->domain &&
	       (pattern->bus == PCI_ANY || pattern->bus == address->bus) &&
	       (pattern->slot == PCI_ANY || pattern->slot == address->slot) &&
	       (pattern->function == PCI_ANY || pattern->function == address->function);
}

char *pci_address_format(const struct pci_address *address, char *buffer)
{
	snprintf(buffer, PCI_ADDRESS_SIZE, "%04x:%02x:%02x.%x", address->domain, address->bus,
		 address->slot & SLOT_LAST, address->function & FUNCTION_LAST);
	return buffer;
}

int pci_address_compare(const void *a, const void *b)
{
	const struct pci_address *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	if (x->bus != y->bus)
		return x->bus - y->bus;
	if (x->slot != y->slot)
		return x->slot - y->slot;
	return x->function - y->function;
}
