/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/kernel_log.h"
#include "tests/unit/check.h"

static const struct {
	const char *record;
	int answer;
	unsigned long long sequence;
	const char *message;
} records[] = {
	{"6,339,5140900,-;NET: Registered\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:03.0\n", 0, 339,
	 "NET: Registered"},
	{"4,18446744073709551614,1,c;x", 0, 18446744073709551614ULL, "x"},
	{"6,1,2,-,caller=T1;semi;colons; stay", 0, 1, "semi;colons; stay"},
	{"3,7,8,-;", 0, 7, ""},
	{"3,7,8,-", -EINVAL, 0, NULL},
	{"3,,8,-;x", -EINVAL, 0, NULL},
	{"3", -EINVAL, 0, NULL},
	{"", -EINVAL, 0, NULL},
	{";", -EINVAL, 0, NULL},
	{"x,1,2,-;x", -EINVAL, 0, NULL},
	{"3,99999999999999999999,8,-;x", -EINVAL, 0, NULL},
};

static void test_records(void)
{
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		char *copy = strdup(records[i].record), *message = NULL;
		uint64_t sequence = 0;

		CHECK_INT(kernel_log_parse_record(copy, &sequence, &message), records[i].answer);
		CHECK_STR(message, records[i].message);
		CHECK(sequence == records[i].sequence);
		free(copy);
	}
}

/* What @each saw. */
struct seen {
	size_t lines;
	char last[256];
};

static int each(void *data, const char *line)
{
	struct seen *seen = data;

	seen->lines++;
	snprintf(seen->last, sizeof(seen->last), "%s", line);
	return 0;
}

/* A window reads records one by one; here they come from a socket that keeps their bounds. */
static void test_window(void)
{
	struct kernel_log_window window = {.next_sequence = UINT64_MAX};
	struct seen seen = {0};
	int ends[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	window.fd = ends[0];
#define SEND(text) CHECK_INT(write(ends[1], text, strlen(text)), strlen(text))
	SEND("6,10,1,-;first\n");
	SEND("6,11,2,-;second\n KEY=value\n");
	SEND("14,12,3,-;a program's word\n");
	CHECK_INT(kernel_log_window_read(&window, each, &seen), 0);
	CHECK_INT(seen.lines, 2);
	CHECK_STR(seen.last, "second");
	CHECK(kernel_log_window_is_complete(&window));
	SEND("6,13,4,-;third\n");
	CHECK_INT(kernel_log_window_read(&window, each, &seen), 0);
	CHECK(kernel_log_window_is_complete(&window));
	SEND("6,15,5,-;after a gap\n");
	CHECK_INT(kernel_log_window_read(&window, each, &seen), 0);
	CHECK_STR(seen.last, "after a gap");
	CHECK(!kernel_log_window_is_complete(&window));
	window.lost = false;
	SEND("6,16,6,-;iommu_dma_map: 12 callbacks suppressed\n");
	CHECK_INT(kernel_log_window_read(&window, each, &seen), 0);
	CHECK(!kernel_log_window_is_complete(&window));
	kernel_log_window_close(&window);
	CHECK_INT(kernel_log_window_read(&window, each, &seen), -EBADF);
	CHECK(!kernel_log_window_is_complete(&window));
	close(ends[1]);
}

int main(void)
{
	test_records();
	test_window();
	return check_result();
}
