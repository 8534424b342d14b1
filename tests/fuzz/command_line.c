/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>

#include "diagnosis/command_line.h"
#include "fuzz.h"

static const char *const options[] = {
	"vfio_iommu_type1.allow_unsafe_interrupts",
	"iommufd.allow_unsafe_interrupts",
	"vfio.enable_unsafe_noiommu_mode",
};

struct answers {
	bool off;
	char word[64];
	bool sets[sizeof(options) / sizeof(options[0])];
};

static struct answers ask(const char *line)
{
	struct answers answers = {0};

	answers.off = command_line_disables_iommu(line, answers.word, sizeof(answers.word));
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		answers.sets[i] = command_line_sets(line, options[i]);
	return answers;
}

/* Every blank separates words, outside of quotes and inside alike for what is asked here. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = fuzz_text(data, size);
	struct answers before = ask(line), after;

	REQUIRE(!before.off || strstr(before.word, "iommu"));
	for (char *c = line; *c; c++)
		if (*c == '\t' || *c == '\n')
			*c = ' ';
	after = ask(line);
	REQUIRE(before.off == after.off);
	REQUIRE(memcmp(before.sets, after.sets, sizeof(before.sets)) == 0);
	free(line);
	return 0;
}
