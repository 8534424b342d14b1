/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/facts_part.h"
#include "tree.h"

static char architecture[] = "x86_64", iommu[] = "dmar0";

/* The input is /proc/interrupts and /proc/kallsyms. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *iommus[] = {iommu};
	struct host_facts facts = {
		.kernel_major = 6,
		.kernel_minor = 1,
		.architecture = {FACT_KNOWN, architecture},
		.iommus = iommus,
		.n_iommus = 1,
		.iommus_state = FACT_KNOWN,
	};

	fuzz_tree_open();
	tree_write_bytes(&fuzz_root, "/proc/interrupts", data, size);
	tree_write_bytes(&fuzz_root, "/proc/kallsyms", data, size);
	REQUIRE(facts_read_interrupts(&fuzz_root, &facts) == 0);
	REQUIRE((facts.interrupt_remapping == TRUTH_UNKNOWN) == !facts.interrupt_remapping_where);
	REQUIRE(facts_read_symbols(&fuzz_root, &facts) == 0);
	free(facts.interrupt_remapping_where);
	free(facts.interrupt_remapping_value);
	return 0;
}
