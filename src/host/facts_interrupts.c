/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/facts_part.h"
#include "host/root_file.h"

#define INTERRUPTS "/proc/interrupts"
/* Thousands of CPUs times thousands of interrupts. */
#define INTERRUPTS_LIMIT (256 << 20)
#define CHIP_SIZE 64

/* What the interrupt chips' names say, the first one of each kind. */
struct chips {
	char remapped[CHIP_SIZE]; /* "IR-PCI-MSI": x86, remapped */
	char plain[CHIP_SIZE];	  /* "PCI-MSI", "IO-APIC": x86, not remapped */
	char its[CHIP_SIZE];	  /* "ITS-MSI": Arm GICv3, which isolates by device */
};

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void note(char *kept, const char *chip)
{
	if (kept[0] == '\0')
		snprintf(kept, CHIP_SIZE, "%s", chip);
}

static void take_chip(struct chips *chips, const char *chip)
{
	if (begins(chip, "IR-"))
		note(chips->remapped, chip);
	else if (begins(chip, "IO-APIC") || begins(chip, "PCI-MSI"))
		note(chips->plain, chip);
	else if (begins(chip, "ITS"))
		note(chips->its, chip);
}

/* " 24:   1   0  IR-PCI-MSIX-0000:00:03.0   0-edge   nvme0q0": behind the counts. */
static void take_line(struct chips *chips, char *line)
{
	char *cursor = strchr(line, ':'), *word;

	if (!cursor || !isdigit((unsigned char)cursor[-(cursor > line)]))
		return;
	cursor++;
	while ((word = host_next_word(&cursor))) {
		if (word[strspn(word, "0123456789")] != '\0') {
			take_chip(chips, word);
			return;
		}
	}
}

static int read_interrupts(const struct host_root *root, struct chips *chips)
{
	AUTO_FREE char *text = NULL;
	char *cursor, *line;
	int r = host_root_read_all(root, INTERRUPTS, INTERRUPTS_LIMIT, &text, NULL);

	if (r < 0)
		return r;
	cursor = text;
	while ((line = host_next_line(&cursor)))
		take_line(chips, line);
	return 0;
}

/* The same names one by one, where /proc/interrupts cannot be read. */
static void read_irqs(const struct host_root *root, struct chips *chips)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;

	if (host_root_list(root, &dir, "/sys/kernel/irq") < 0)
		return;
	while ((name = host_dir_next(dir))) {
		char chip[CHIP_SIZE];

		if (host_root_read(root, chip, sizeof(chip), "/sys/kernel/irq/%s/chip_name", name) >
		    0)
			take_chip(chips, chip);
	}
}

static int decide(struct host_facts *facts, enum truth truth, const char *where, const char *value)
{
	facts->interrupt_remapping = truth;
	facts->interrupt_remapping_where = strdup(where);
	facts->interrupt_remapping_value = strdup(value);
	if (!facts->interrupt_remapping_where || !facts->interrupt_remapping_value)
		return -ENOMEM;
	return 0;
}

/* Other architectures have chips of the same names that say nothing about isolation. */
static bool is_x86(const struct host_facts *facts, const struct chips *chips)
{
	const char *text = facts->architecture.text;

	if (facts->architecture.state == FACT_KNOWN)
		return begins(text, "x86") ||
		       (text[0] == 'i' && strlen(text) == 4 && strcmp(text + 2, "86") == 0);
	return begins(chips->plain, "IO-APIC");
}

/*
 * The names of the chips in use come first: what the kernel does counts, not what the table
 * offers or the log announced. All of x86's interrupts are remapped, or none.
 */
int facts_read_interrupts(const struct host_root *root, struct host_facts *facts)
{
	const struct firmware_table_facts *dmar = &facts->tables[TABLE_DMAR];
	const char *where = INTERRUPTS;
	struct chips chips = {0};
	int r = read_interrupts(root, &chips);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		where = "/sys/kernel/irq/*/chip_name";
		read_irqs(root, &chips);
	}
	if (chips.remapped[0])
		return decide(facts, TRUTH_YES, where, chips.remapped);
	if (chips.its[0])
		return decide(facts, TRUTH_YES, where, chips.its);
	if (chips.plain[0] && is_x86(facts, &chips))
		return decide(facts, TRUTH_NO, where, chips.plain);
	if (dmar->parsed == FACT_KNOWN && !(dmar->dmar_flags & 1))
		return decide(facts, TRUTH_NO, "DMAR", "INTR_REMAP is clear");
	return 0;
}
