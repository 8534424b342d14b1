/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>

#include "fuzz.h"
#include "host/kernel_log.h"

/* One record as a read of /dev/kmsg gives it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *record = fuzz_text(data, size), *message = NULL;
	size_t length = strlen(record);
	bool numbered = isdigit((unsigned char)record[0]);
	uint64_t sequence = 0;
	int r = kernel_log_parse_record(record, &sequence, &message);

	REQUIRE(r == 0 || (r == -EINVAL && !message));
	if (r == 0) {
		REQUIRE(numbered);
		REQUIRE(message > record && message + strlen(message) <= record + length);
		REQUIRE(message[-1] == ';');
		REQUIRE(!strchr(message, '\n'));
	}
	free(record);
	return 0;
}
