/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "iommu-diag/explain.h"
#include "rules/text_match.h"

static void require_finding(const struct finding *finding)
{
	REQUIRE(finding->verdict != VERDICT_NONE);
	REQUIRE(finding->line > 0 && finding->group >= -1);
	REQUIRE(finding->matched && finding->summary && finding->explanation);
	REQUIRE(strlen(finding->matched) <= TEXT_LINE_MOST);
	REQUIRE(!finding->has_device ||
		(finding->device.slot <= 0x1f && finding->device.function <= 7));
}

/* The whole input is a log. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct explain_subject subject;
	struct finding_list list = {0};
	uint8_t *text = fuzz_bytes(data, size);
	FILE *file = size > 0 ? fmemopen(text, size, "r") : fopen("/dev/null", "re");

	REQUIRE(file);
	REQUIRE(explain_stream(file, &list, &subject) == 0);
	REQUIRE(explain_fill_all(&list) == 0);
	REQUIRE(list.n_findings <= EXPLAIN_FINDINGS_MOST);
	for (size_t i = 0; i < list.n_findings; i++)
		require_finding(&list.findings[i]);
	finding_list_release(&list);
	fclose(file);
	free(text);
	return 0;
}
