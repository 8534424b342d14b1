/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/kernel_log.h"

/* The kernel prints a record into at most 8192 bytes (CONSOLE_EXT_LOG_MAX). */
#define RECORD_SIZE 16384
#define SEQUENCE_UNKNOWN UINT64_MAX
/* The lower three bits of the first number are the level, the rest is the facility. */
#define FACILITY_SHIFT 3

int kernel_log_parse_record(char *record, uint64_t *ret_sequence, char **ret_message)
{
	char *cursor, *end, *message;
	unsigned long long sequence;

	/* strtoul() itself would take blanks and signs. */
	if (!isdigit((unsigned char)record[0]))
		return -EINVAL;
	strtoul(record, &cursor, 10);
	if (*cursor != ',' || !isdigit((unsigned char)cursor[1]))
		return -EINVAL;
	errno = 0;
	sequence = strtoull(cursor + 1, &end, 10);
	if (errno != 0 || *end != ',')
		return -EINVAL;
	message = strchr(end, ';');
	if (!message)
		return -EINVAL;
	message++;
	/* Lines that follow and begin with a blank are the dictionary. */
	message[strcspn(message, "\n")] = '\0';
	*ret_sequence = sequence;
	*ret_message = message;
	return 0;
}

/* What printk's rate limits say when they have dropped lines (lib/ratelimit.c). */
static bool says_suppressed(const char *message)
{
	return strstr(message, "callbacks suppressed") ||
	       strstr(message, "output lines suppressed") || strstr(message, "messages suppressed");
}

int kernel_log_window_open(struct kernel_log_window *ret)
{
	int r;

	*ret = (struct kernel_log_window){.fd = -1, .next_sequence = SEQUENCE_UNKNOWN};
	ret->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (ret->fd < 0)
		return -errno;
	if (lseek(ret->fd, 0, SEEK_END) < 0) {
		r = -errno;
		kernel_log_window_close(ret);
		return r;
	}
	return 0;
}

static int take_record(struct kernel_log_window *window, char *record,
		       int (*each)(void *data, const char *line), void *data)
{
	unsigned long priority = strtoul(record, NULL, 10);
	uint64_t sequence;
	char *message;

	if (kernel_log_parse_record(record, &sequence, &message) < 0) {
		window->lost = true;
		return 0;
	}
	if (window->next_sequence != SEQUENCE_UNKNOWN && sequence != window->next_sequence)
		window->lost = true;
	window->next_sequence = sequence + 1;
	/* What a program wrote into /dev/kmsg is not the kernel's word. */
	if (priority >> FACILITY_SHIFT != 0)
		return 0;
	if (says_suppressed(message))
		window->lost = true;
	return each(data, message);
}

int kernel_log_window_read(struct kernel_log_window *window,
			   int (*each)(void *data, const char *line), void *data)
{
	AUTO_FREE char *record = NULL;

	if (window->fd < 0)
		return -EBADF;
	record = malloc(RECORD_SIZE);
	if (!record)
		return -ENOMEM;
	for (;;) {
		ssize_t length = read(window->fd, record, RECORD_SIZE - 1);
		int r;

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno == EAGAIN)
			return 0;
		if (length < 0 && errno == EPIPE) {
			/* Overwritten before it was read; the next read goes on behind the gap. */
			window->lost = true;
			window->next_sequence = SEQUENCE_UNKNOWN;
			continue;
		}
		if (length <= 0) {
			window->lost = true;
			return length < 0 ? -errno : 0;
		}
		record[length] = '\0';
		r = take_record(window, record, each, data);
		if (r != 0)
			return r;
	}
}

bool kernel_log_window_is_complete(const struct kernel_log_window *window)
{
	return window->fd >= 0 && !window->lost;
}

void kernel_log_window_close(struct kernel_log_window *window)
{
	if (window->fd >= 0)
		close(window->fd);
	window->fd = -1;
}
