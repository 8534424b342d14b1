/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "trial/restore.h"
#include "worker/event.h"

static void require_event(const struct worker_event *event)
{
	REQUIRE((unsigned)event->type <= WORKER_DONE);
	REQUIRE((unsigned)event->step < STEP_COUNT);
	REQUIRE((unsigned)event->evidence <= EVIDENCE_COUNT);
	REQUIRE((unsigned)event->truth <= TRUTH_YES);
	REQUIRE((unsigned)event->source <= SOURCE_UDEV);
	REQUIRE((unsigned)event->result <=
		(event->type == WORKER_JOINS ? WORKER_DOMAINS_MOST : RESTORE_BLOCKED));
}

/* What was received is received again when it is sent on. */
static void require_echo(const struct worker_event *event)
{
	int fd = memfd_create("echo", MFD_CLOEXEC);
	struct worker_event echo;

	REQUIRE(fd >= 0 && worker_event_send(fd, event) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	REQUIRE(worker_event_receive(fd, &echo) == 1);
	REQUIRE(echo.type == event->type && echo.step == event->step && echo.err == event->err);
	REQUIRE(!echo.where == !event->where && !echo.value == !event->value);
	REQUIRE(!echo.where || strcmp(echo.where, event->where) == 0);
	REQUIRE(!echo.value || strcmp(echo.value, event->value) == 0);
	worker_event_release(&echo);
	close(fd);
}

/* The whole input is a worker's stream. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("events", MFD_CLOEXEC), r;
	struct worker_event event;

	REQUIRE(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	while ((r = worker_event_receive(fd, &event)) > 0) {
		require_event(&event);
		require_echo(&event);
		worker_event_release(&event);
	}
	REQUIRE(r == 0 || r == -EPROTO);
	REQUIRE(!event.where && !event.value);
	close(fd);
	return 0;
}
