/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-messages.h>
#include <unistd.h>

#include "host/kernel_log.h"

struct boot_reader {
	int (*each)(void *data, const char *line);
	void *data;
	size_t lines;
	int stopped;	 /* what @each answered, where that was not 0 */
	bool from_start; /* the first line was the first that a kernel prints */
};

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int take_line(void *data, const char *line)
{
	struct boot_reader *reader = data;

	if (reader->lines++ == 0)
		reader->from_start =
			begins(line, "Linux version ") || begins(line, "Booting Linux on ");
	reader->stopped = reader->each(reader->data, line);
	return reader->stopped;
}

/* A journal field is "MESSAGE=text" without a terminator, and can hold any byte. */
static int take_entry(sd_journal *journal, struct boot_reader *reader)
{
	const void *field;
	size_t size, skip = strlen("MESSAGE=");
	char *line;
	int r = sd_journal_get_data(journal, "MESSAGE", &field, &size);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (size < skip)
		return 0;
	line = strndup((const char *)field + skip, size - skip);
	if (!line)
		return -ENOMEM;
	r = take_line(reader, line);
	free(line);
	return r;
}

/* Narrows the journal to the entries of this boot that fit @match. */
static int match_this_boot(sd_journal *journal, const char *match)
{
	char id[SD_ID128_STRING_MAX], boot_match[64];
	sd_id128_t boot;
	int r = sd_id128_get_boot(&boot);

	if (r < 0)
		return r;
	snprintf(boot_match, sizeof(boot_match), "_BOOT_ID=%s", sd_id128_to_string(boot, id));
	sd_journal_flush_matches(journal);
	r = sd_journal_add_match(journal, boot_match, 0);
	if (r >= 0)
		r = sd_journal_add_match(journal, match, 0);
	return r < 0 ? r : sd_journal_seek_head(journal);
}

/* Journald's own word that it came too late for some of the kernel's lines. */
static bool has_missed_lines(sd_journal *journal)
{
	int r = match_this_boot(journal, "MESSAGE_ID=" SD_MESSAGE_JOURNAL_MISSED_STR);

	return r < 0 || sd_journal_next(journal) != 0;
}

/* Returns 1 where the journal had lines of this boot, 0 where it had none, or an error. */
static int read_journal(struct boot_reader *reader, bool *ret_complete)
{
	sd_journal *journal = NULL;
	int r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = match_this_boot(journal, "_TRANSPORT=kernel");
	while (r >= 0) {
		r = sd_journal_next(journal);
		if (r <= 0)
			break;
		r = take_entry(journal, reader);
		if (r != 0)
			break;
	}
	*ret_complete = r == 0 && reader->from_start && !has_missed_lines(journal);
	sd_journal_close(journal);
	if (r == -ENOMEM)
		return r;
	return reader->lines > 0;
}

/* The ring buffer: whole while its first line still has the sequence number 0. */
static int read_ring_buffer(struct boot_reader *reader, bool *ret_complete)
{
	struct kernel_log_window window = {.next_sequence = 0};
	int r;

	window.fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (window.fd < 0)
		return -errno;
	r = kernel_log_window_read(&window, take_line, reader);
	*ret_complete = r == 0 && kernel_log_window_is_complete(&window);
	kernel_log_window_close(&window);
	return r;
}

int kernel_log_read_boot(int (*each)(void *data, const char *line), void *data, bool *ret_complete)
{
	struct boot_reader reader = {.each = each, .data = data};
	int r;

	*ret_complete = false;
	r = read_journal(&reader, ret_complete);
	if (r != 0)
		return r < 0 ? r : reader.stopped;
	return read_ring_buffer(&reader, ret_complete);
}
