/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/pci_address.h"
#include "check.h"

#define ANY PCI_ANY

static void patterns(void)
{
	static const struct {
		const char *text;
		struct pci_pattern wanted;
	} cases[] = {
		/* [[[[DOMAIN:]BUS:]SLOT][.FUNC] as lspci -s reads it */
		{"0000:01:00.0", {0, 1, 0, 0}},
		{"01:00.0", {0, 1, 0, 0}},
		{"1:0.0", {0, 1, 0, 0}},
		{"1f.2", {0, ANY, 0x1f, 2}},
		{"1f", {0, ANY, 0x1f, ANY}},
		{".3", {0, ANY, ANY, 3}},
		{"01:", {0, 1, ANY, ANY}},
		{"0001:02:", {1, 2, ANY, ANY}},
		{"01:1f", {0, 1, 0x1f, ANY}},
		{"0001:01:00", {1, 1, 0, ANY}},
		{"10000:e1:1F.7", {0x10000, 0xe1, 0x1f, 7}},
		{"ffffffff:ff:1f.7", {0xffffffff, 0xff, 0x1f, 7}},
		{"0:0:0.0", {0, 0, 0, 0}},
		{"00000000:00:00.0", {0, 0, 0, 0}},
		{"*:00.0", {0, ANY, 0, 0}},
		{"0000:*:*.*", {0, ANY, ANY, ANY}},
		{"01:*.1", {0, 1, ANY, 1}},
		{"*", {0, ANY, ANY, ANY}},
		{"02:00.*", {0, 2, 0, ANY}},
		/* driverctl and libvirt */
		{"pci/0000:01:00.0", {0, 1, 0, 0}},
		{"pci/01:00.0", {0, 1, 0, 0}},
		{"pci_0000_01_00_0", {0, 1, 0, 0}},
		{"pci_10000_e1_1f_7", {0x10000, 0xe1, 0x1f, 7}},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct pci_pattern got = {0};

		CHECK_STR(pci_pattern_parse(cases[i].text, &got) == 0 ? cases[i].text : "refused",
			  cases[i].text);
		CHECK_INT(got.domain, cases[i].wanted.domain);
		CHECK_INT(got.bus, cases[i].wanted.bus);
		CHECK_INT(got.slot, cases[i].wanted.slot);
		CHECK_INT(got.function, cases[i].wanted.function);
	}
}

static void refused(void)
{
	static const char *const texts[] = {
		"0000:01:00.8",
		"0000:01:20.0",
		"0000:100:00.0",
		"100000000:01:00.0",
		"01:00.0.0",
		"01:00.",
		"01:00.00",
		"g1:00.0",
		"01:00.g",
		"01:00.0 ",
		" 01:00.0",
		"0x01:00.0",
		"-1:00.0",
		"+1:00.0",
		"0000:01:00:0",
		"0000:01:00:00.0",
		":00.0",
		"::",
		"0000::00.0",
		"pci/",
		"pci_",
		"pci_0000_01_00",
		"pci_0000_01_00_8",
		"pci_0000_01_00_0_1",
		"pci_0000_01_20_0",
		"pci/pci_0000_01_00_0",
		"*:01:00.0",
		"**",
		"0000:01:00.0\n",
		"eth0",
		"group:1",
		"000000000000000001:00.0",
		"20",
		"01.0.0",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		struct pci_pattern pattern = {7, 7, 7, 7};
		struct pci_address address = {7, 7, 7, 7};

		CHECK_STR(pci_pattern_parse(texts[i], &pattern) == 0 ? texts[i] : NULL, NULL);
		CHECK(pattern.domain == 7 && pattern.bus == 7 && pattern.slot == 7 &&
		      pattern.function == 7);
		CHECK_INT(pci_address_parse_exact(texts[i], &address), -EINVAL);
		CHECK(address.domain == 7 && address.bus == 7);
	}
}

static void exact(void)
{
	static const char *const good[] = {
		"0000:00:00.0", "0000:01:00.0", "10000:e1:1f.7", "ffffffff:ff:1f.7", "00ab:0c:0d.1",
	};
	static const char *const other[] = {
		"01:00.0",
		"0:01:00.0",
		"0000:01:00",
		"0000:1:00.0",
		"0000:01:0.0",
		"0000:0A:00.0",
		"00000:01:00.0",
		"pci/0000:01:00.0",
		"pci_0000_01_00_0",
		"0000:01:00.*",
		"*",
		"",
	};
	struct pci_address address;
	char text[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
		CHECK_INT(pci_address_parse_exact(good[i], &address), 0);
		CHECK_STR(pci_address_format(&address, text), good[i]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(other); i++)
		CHECK_INT(pci_address_parse_exact(other[i], &address), -EINVAL);
}

static void matches(void)
{
	const struct pci_address address = {0x10000, 0xe1, 0x1f, 7};
	struct pci_pattern pattern = {0x10000, ANY, ANY, ANY};

	CHECK(pci_pattern_matches(&pattern, &address));
	pattern = (struct pci_pattern){0x10000, 0xe1, 0x1f, 7};
	CHECK(pci_pattern_matches(&pattern, &address));
	pattern.function = 6;
	CHECK(!pci_pattern_matches(&pattern, &address));
	pattern = (struct pci_pattern){0x10000, 0xe1, 0x1e, ANY};
	CHECK(!pci_pattern_matches(&pattern, &address));
	pattern = (struct pci_pattern){0x10000, 0xe0, ANY, ANY};
	CHECK(!pci_pattern_matches(&pattern, &address));
	pattern = (struct pci_pattern){0, ANY, ANY, ANY};
	CHECK(!pci_pattern_matches(&pattern, &address));
}

static void order(void)
{
	struct pci_address addresses[] = {
		{1, 0, 0, 0}, {0, 2, 0, 0},	     {0, 1, 3, 0},	    {0, 1, 2, 1},
		{0, 1, 2, 0}, {0xffffffff, 0, 0, 0}, {0x80000000, 0, 0, 0},
	};

	qsort(addresses, ARRAY_LENGTH(addresses), sizeof(addresses[0]), pci_address_compare);
	for (size_t i = 1; i < ARRAY_LENGTH(addresses); i++) {
		CHECK(pci_address_compare(&addresses[i - 1], &addresses[i]) < 0);
		CHECK(pci_address_compare(&addresses[i], &addresses[i - 1]) > 0);
		CHECK(!pci_address_equal(&addresses[i - 1], &addresses[i]));
	}
	CHECK_INT(pci_address_compare(&addresses[0], &addresses[0]), 0);
	CHECK_INT(addresses[6].domain, 0xffffffff);
	CHECK(addresses[0].bus == 1 && addresses[0].slot == 2 && addresses[0].function == 0);
}

int main(void)
{
	patterns();
	refused();
	exact();
	matches();
	order();
	return check_result();
}
