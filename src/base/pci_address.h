/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BASE_PCI_ADDRESS_H
#define BASE_PCI_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Domains are wider than 16 bits on hosts with VMD (10000:). */
struct pci_address {
	uint32_t domain;
	uint8_t bus;
	uint8_t slot;
	uint8_t function;
};

/* Room for "ffffffff:ff:1f.7" and the terminator. */
#define PCI_ADDRESS_SIZE 18

/*
 * Parses the kernel's own spelling of a PCI address, "0000:01:00.0", and nothing else.
 * Returns 0, or -EINVAL with *ret untouched.
 */
int pci_address_parse_exact(const char *text, struct pci_address *ret);

/* Any value in this place of a pattern. */
#define PCI_ANY (-1)

/* What a person named: one function, or every function that fits. */
struct pci_pattern {
	uint32_t domain;
	int bus;
	int slot;
	int function;
};

/*
 * Parses what people type: [[[[DOMAIN:]BUS:]SLOT][.FUNC] as lspci -s reads it, "pci/ADDRESS"
 * (driverctl) and "pci_0000_01_00_0" (libvirt's nodedev). The domain defaults to 0, any other
 * part that is left out (or "*") is PCI_ANY. Returns 0, or -EINVAL with *ret untouched.
 */
int pci_pattern_parse(const char *text, struct pci_pattern *ret);

/* Whether @address fits @pattern. */
bool pci_pattern_matches(const struct pci_pattern *pattern, const struct pci_address *address);

/* Writes "dddd:bb:ss.f" into @buffer of PCI_ADDRESS_SIZE bytes and returns it. */
char *pci_address_format(const struct pci_address *address, char *buffer);

/* Orders by domain, bus, slot, function; for qsort and bsearch on arrays of addresses. */
int pci_address_compare(const void *a, const void *b);

static inline bool pci_address_equal(const struct pci_address *a, const struct pci_address *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot &&
	       a->function == b->function;
}

#endif
