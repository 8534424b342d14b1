/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/detached.h"

/* Nothing of ours stays open in it, so that nobody who waits for us waits for it. */
static void run(void (*body)(void *data, int socket), void *data, int socket)
	__attribute__((noreturn));

static void run(void (*body)(void *data, int socket), void *data, int socket)
{
	const int keep = STDIN_FILENO;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	signal(SIGPIPE, SIG_IGN);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
	    dup2(socket, keep) < 0 ||
	    (close_range(STDERR_FILENO + 1, ~0U, 0) < 0 && errno != ENOSYS))
		_exit(1);
	body(data, keep);
	_exit(0);
}

int host_detached_start(void (*body)(void *data, int socket), void *data)
{
	int ends[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	/* Its parent ends at once. */
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			run(body, data, ends[1]);
		_exit(pid < 0 ? 1 : 0);
	}
	close(ends[1]);
	if (pid < 0) {
		int err = errno;

		close(ends[0]);
		return -err;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return ends[0];
}

static long milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int host_detached_await(int socket, int milliseconds)
{
	long deadline = milliseconds_now() + milliseconds;

	for (;;) {
		struct pollfd poller = {.fd = socket, .events = POLLIN};
		long left = deadline - milliseconds_now();
		int ready;

		if (left <= 0)
			return -ETIMEDOUT;
		ready = poll(&poller, 1, (int)left);
		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return -errno;
	}
}
