/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "host/acpi_table.h"
#include "tests/unit/check.h"

#define TABLE_SIZE 512

/* A table while it is put together. */
struct table {
	uint8_t bytes[TABLE_SIZE];
	size_t size;
};

static void put(struct table *table, size_t at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		table->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

static void begin(struct table *table, const char *signature, size_t header)
{
	*table = (struct table){.size = header};
	memcpy(table->bytes, signature, 4);
	table->bytes[8] = 1;
}

static void append(struct table *table, const void *bytes, size_t size)
{
	memcpy(table->bytes + table->size, bytes, size);
	table->size += size;
}

/* Fills in length and checksum, so that only what a test broke is broken. */
static void finish(struct table *table)
{
	uint8_t sum = 0;

	put(table, 4, table->size, 4);
	table->bytes[9] = 0;
	for (size_t i = 0; i < table->size; i++)
		sum = (uint8_t)(sum + table->bytes[i]);
	table->bytes[9] = (uint8_t)-sum;
}

static void release(struct firmware_table_facts *facts)
{
	struct host_facts all = {0};

	all.tables[0] = *facts;
	host_facts_release(&all);
	*facts = (struct firmware_table_facts){0};
}

/* A root port at 00:1c.0 leads to bus 3. */
static int secondary_bus(void *data, const struct pci_address *address)
{
	(*(int *)data)++;
	return address->bus == 0 && address->slot == 0x1c ? 3 : -ENOENT;
}

static int bridges_asked;

static int parse_dmar(const uint8_t *table, size_t size, struct firmware_table_facts *facts)
{
	const struct acpi_bridges bridges = {secondary_bus, &bridges_asked};

	return acpi_parse_dmar(table, size, &bridges, facts);
}

static void build_dmar(struct table *table)
{
	static const uint8_t drhd[] = {0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0xd9, 0xfe, 0, 0, 0, 0,
				       /* endpoint 00:02.0; IOAPIC */
				       1, 8, 0, 0, 0, 0, 2, 0, 3, 8, 0, 0, 0, 0xff, 0, 0};
	static const uint8_t all[] = {0, 0, 16, 0, 1, 0, 1, 0, 0, 0x10, 0xd9, 0xfe, 0, 0, 0, 0};
	static const uint8_t rmrr[] = {1, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x7b, 0, 0, 0, 0, 0xff,
				       0xff, 0xff, 0x7b, 0, 0, 0, 0,
				       /* 00:1c.0 then 03:00.1; 00:1d.0 then an unknown bus */
				       1, 10, 0, 0, 0, 0, 0x1c, 0, 0, 1, 1, 10, 0, 0, 0, 0, 0x1d, 0,
				       0, 0, 2, 8, 0, 0, 0, 0, 0x1e, 0, 5, 8, 0, 0, 0, 0, 0, 0};
	/* ATSR, and a type of the future: both are stepped over. */
	static const uint8_t others[] = {2, 0, 8, 0, 1, 0, 0, 0, 99, 0, 4, 0};

	begin(table, "DMAR", 48);
	table->bytes[36] = 38;
	table->bytes[37] = 5;
	append(table, drhd, sizeof(drhd));
	append(table, all, sizeof(all));
	append(table, rmrr, sizeof(rmrr));
	append(table, others, sizeof(others));
	finish(table);
}

static void test_dmar(void)
{
	struct firmware_table_facts facts = {.present = FACT_KNOWN};
	struct table table;

	build_dmar(&table);
	CHECK_INT(parse_dmar(table.bytes, table.size, &facts), 0);
	CHECK_INT(facts.parsed, FACT_KNOWN);
	CHECK_INT(facts.dmar_flags, 5);
	CHECK_INT(facts.n_units, 2);
	CHECK_INT(facts.units[0].register_base, 0xfed90000);
	CHECK(!facts.units[0].include_all && facts.units[1].include_all);
	CHECK_INT(facts.units[1].segment, 1);
	CHECK_INT(facts.units[0].n_scopes, 1);
	CHECK_INT(facts.units[0].scopes[0].address.slot, 2);
	CHECK(facts.units[0].scopes[0].resolved);
	CHECK_INT(facts.n_ranges, 1);
	CHECK_INT(facts.ranges[0].first, 0x7bf00000);
	CHECK_INT(facts.ranges[0].last, 0x7bffffff);
	CHECK_INT(facts.ranges[0].n_scopes, 3);
	CHECK_INT(facts.ranges[0].scopes[0].address.bus, 3);
	CHECK_INT(facts.ranges[0].scopes[0].address.function, 1);
	CHECK(facts.ranges[0].scopes[0].resolved && !facts.ranges[0].scopes[1].resolved);
	CHECK(facts.ranges[0].scopes[2].bridge && facts.ranges[0].scopes[2].resolved);
	CHECK_INT(bridges_asked, 2);
	release(&facts);
}

static void build_ivrs(struct table *table)
{
	static const uint8_t ivhd[] = {
		0x10, 0, 48, 0, 2, 0, 0x40, 0, 0, 0, 0xd8, 0xfe, 0, 0,
		0,    0, 1,  0, 0, 0, 0,    0, 0, 0, 2,	   8,	 0, 0, /* select 00:01.0 */
		3,    0, 1,  0, 4, 3, 1,    0, /* range 01:00.0 to 01:00.3 */
		0,    0, 0,  0,		       /* padding */
		72,   0, 0,  0, 0, 0, 0,    1};
	static const uint8_t again[] = {0x40, 0,    40,	  0, 2, 0, 0x40, 0, 0,
					0,    0xd8, 0xfe, 0, 0, 0, 0,	 1};
	static const uint8_t unity[] = {0x21, 0x0f & ~8, 32, 0, 0x10, 0, 0,    0, 0, 0, 0, 0, 0,
					0,    0,	 0,  0, 0,    0, 0x70, 0, 0, 0, 0, 0, 0x10};
	static const uint8_t exclusion[] = {0x20, 8, 32, 0, 0, 0, 0,	0, 0, 0, 0, 0, 0,
					    0,	  0, 0,	 0, 0, 0, 0x60, 0, 0, 0, 0, 0, 0x20};
	static const uint8_t zero[40] = {0};

	begin(table, "IVRS", 48);
	append(table, ivhd, sizeof(ivhd));
	append(table, again, sizeof(again));
	append(table, zero, 40 - sizeof(again));
	append(table, unity, sizeof(unity));
	append(table, zero, 32 - sizeof(unity));
	append(table, exclusion, sizeof(exclusion));
	append(table, zero, 32 - sizeof(exclusion));
	finish(table);
}

static void test_ivrs(void)
{
	struct firmware_table_facts facts = {.present = FACT_KNOWN};
	struct table table;

	build_ivrs(&table);
	CHECK_INT(acpi_parse_ivrs(table.bytes, table.size, &facts), 0);
	CHECK_STR(facts.problem, NULL);
	CHECK_INT(facts.n_units, 1);
	CHECK_INT(facts.units[0].register_base, 0xfed80000);
	CHECK_INT(facts.units[0].segment, 1);
	CHECK_INT(facts.units[0].n_scopes, 5);
	CHECK_INT(facts.units[0].scopes[0].address.slot, 1);
	CHECK_INT(facts.units[0].scopes[4].address.function, 3);
	CHECK_INT(facts.n_ranges, 2);
	CHECK_INT(facts.ranges[0].first, 0x70000000);
	CHECK_INT(facts.ranges[0].last, 0x70000fff);
	CHECK(!facts.ranges[0].exclusion && facts.ranges[1].exclusion);
	CHECK_INT(facts.ranges[0].n_scopes, 1);
	CHECK_INT(facts.ranges[0].scopes[0].address.slot, 2);
	CHECK_INT(facts.ranges[1].n_scopes, 0);
	release(&facts);
}

static void build_iort(struct table *table)
{
	/* SMMUv3 at 0x09050000, then an RMR of one page. */
	uint8_t smmu[68] = {4, 68, 0, 4, [18] = 0x05, [19] = 0x09, [24] = 1};
	uint8_t rmr[48] = {6, 48, 0, 3, [20] = 1, [24] = 28, [28 + 3] = 0x80, [28 + 9] = 0x10};

	begin(table, "IORT", 48);
	put(table, 36, 2, 4);
	put(table, 40, 48, 4);
	append(table, smmu, sizeof(smmu));
	append(table, rmr, sizeof(rmr));
	finish(table);
}

static void build_viot(struct table *table)
{
	static const uint8_t range[24] = {1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 15, 0, 72, 0};
	static const uint8_t unit[16] = {3, 0, 16, 0, 0, 0, 0x10, 0};

	begin(table, "VIOT", 48);
	put(table, 36, 2, 2);
	put(table, 38, 48, 2);
	append(table, range, sizeof(range));
	append(table, unit, sizeof(unit));
	finish(table);
}

static void test_arm_and_virtual(void)
{
	struct firmware_table_facts facts = {.present = FACT_KNOWN};
	struct table table;

	build_iort(&table);
	CHECK_INT(acpi_parse_iort(table.bytes, table.size, &facts), 0);
	CHECK_INT(facts.n_units, 1);
	CHECK_INT(facts.units[0].register_base, 0x09050000);
	CHECK_INT(facts.units[0].coherent, TRUTH_YES);
	CHECK_INT(facts.n_ranges, 1);
	CHECK_INT(facts.ranges[0].first, 0x80000000);
	CHECK_INT(facts.ranges[0].last, 0x80000fff);
	release(&facts);
	build_viot(&table);
	CHECK_INT(acpi_parse_viot(table.bytes, table.size, &facts), 0);
	CHECK_INT(facts.n_units, 1);
	CHECK_INT(facts.units[0].n_scopes, 8);
	CHECK_INT(facts.units[0].scopes[0].address.slot, 1);
	release(&facts);
}

typedef int (*parser)(const uint8_t *table, size_t size, struct firmware_table_facts *facts);

/* What a parser may answer to a lie; a malformed table leaves nothing but the problem. */
static void parse_lie(parser parse, const uint8_t *bytes, size_t size)
{
	struct firmware_table_facts facts = {.present = FACT_KNOWN};
	/* A copy of just this size, so that the sanitizer sees a read behind it. */
	uint8_t *copy = malloc(size ? size : 1);
	int r;

	memcpy(copy, bytes, size);
	r = parse(copy, size, &facts);
	if (r == 0) {
		CHECK_INT(facts.parsed, FACT_KNOWN);
		CHECK_STR(facts.problem, NULL);
	} else {
		CHECK_INT(r, -EINVAL);
		CHECK_INT(facts.parsed, FACT_UNKNOWN);
		CHECK(facts.problem != NULL);
		CHECK(facts.n_units == 0 && facts.n_ranges == 0 && !facts.units);
	}
	CHECK_INT(facts.present, FACT_KNOWN);
	release(&facts);
	free(copy);
}

/* Every cut; every byte at its extremes, with the checksum made right again. */
static void test_lies(parser parse, void (*build)(struct table *))
{
	static const uint8_t values[] = {0, 1, 3, 4, 5, 15, 0x7f, 0x80, 0xff};
	struct table good, bad;

	build(&good);
	for (size_t size = 0; size < good.size; size++) {
		struct firmware_table_facts facts = {0};

		parse_lie(parse, good.bytes, size);
		CHECK_INT(parse(good.bytes, size, &facts), -EINVAL);
		release(&facts);
		/* The same cut with a length field and a checksum that fit it. */
		bad = good;
		bad.size = size;
		if (size >= 10)
			finish(&bad);
		parse_lie(parse, bad.bytes, size);
	}
	for (size_t at = 0; at < good.size; at++) {
		for (size_t i = 0; i < sizeof(values); i++) {
			bad = good;
			bad.bytes[at] = values[i];
			parse_lie(parse, bad.bytes, bad.size);
			if (at >= 10)
				finish(&bad);
			parse_lie(parse, bad.bytes, bad.size);
		}
	}
}

static void expect_problem(const struct table *table, const char *problem)
{
	struct firmware_table_facts facts = {0};

	CHECK_INT(parse_dmar(table->bytes, table->size, &facts), -EINVAL);
	CHECK_STR(facts.problem, problem);
	release(&facts);
}

static void test_problems(void)
{
	struct table table;

	build_dmar(&table);
	table.bytes[37] ^= 1;
	expect_problem(&table, "the checksum is off by 0xff");
	build_dmar(&table);
	table.bytes[0] = 'X';
	expect_problem(&table, "the signature is not DMAR");
	build_dmar(&table);
	put(&table, 4, 4096, 4);
	expect_problem(&table, "the length field says 4096, there are 168 bytes");
	build_dmar(&table);
	put(&table, 48 + 2, 0, 2);
	finish(&table);
	expect_problem(&table, "the structure at offset 48 has length 0");
	build_dmar(&table);
	table.bytes[48 + 16 + 1] = 0;
	finish(&table);
	expect_problem(&table, "the structure at offset 48 is malformed");
}

int main(void)
{
	test_dmar();
	test_ivrs();
	test_arm_and_virtual();
	test_problems();
	test_lies(parse_dmar, build_dmar);
	test_lies(acpi_parse_ivrs, build_ivrs);
	test_lies(acpi_parse_iort, build_iort);
	test_lies(acpi_parse_viot, build_viot);
	return check_result();
}
