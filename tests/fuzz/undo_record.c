/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "fuzz.h"
#include "trial/undo.h"

/* What goes into a path or is written to the kernel must be what the kernel could have said. */
static void require_word(const char *text)
{
	REQUIRE(!text || (*text != '\0' && !strchr(text, '\n')));
}

static void require_driver(const char *name)
{
	require_word(name);
	REQUIRE(!name || (!strchr(name, '/') && name[0] != '.'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct undo_record record;
	int r = undo_record_parse(text, &record);

	REQUIRE(r == 0 || r == -EINVAL);
	if (r == 0) {
		REQUIRE(memchr(record.boot_id, '\0', sizeof(record.boot_id)));
		REQUIRE(record.group >= -1);
		REQUIRE(record.worker_pid > 0);
		REQUIRE(record.address.slot <= 0x1f && record.address.function <= 7);
		require_driver(record.driver);
		require_driver(record.trial_driver);
		require_word(record.driver_override);
		require_word(record.power_control);
		REQUIRE(record.links.n_links <= NETWORK_LINKS_MAX);
		for (size_t i = 0; i < record.links.n_links; i++)
			REQUIRE(!strchr(record.links.links[i].name, '/'));
		undo_record_release(&record);
	}
	free(text);
	return 0;
}
