/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "trace/names.h"
#include "trace/symbols.h"

/* The files of tracefs and /proc that a trace reads, and the name of a record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct trace_symbols *symbols = calloc(1, sizeof(*symbols));
	char event[TRACE_NAME_SIZE];
	const char *cursor = text;
	struct trace_names names;
	uint64_t start;
	pid_t pid;

	REQUIRE(symbols);
	while (trace_next_probe(&cursor, "iommu_diag_7_99", event))
		REQUIRE(*event && !strpbrk(event, " \n"));
	REQUIRE(*cursor == '\0');
	trace_profile_missed(text);
	trace_symbols_take_line(symbols, text, strlen(text));
	for (int i = 0; i < TRACE_POINT_COUNT; i++)
		REQUIRE(memchr(symbols->module[i], '\0', TRACE_MODULE_SIZE));
	if (trace_names_parse(text, &pid, &start)) {
		trace_names_make(pid, start, &names);
		REQUIRE(pid > 0 && strcmp(names.record, text) == 0);
	}
	free(symbols);
	free(text);
	return 0;
}
