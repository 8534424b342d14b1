/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vfio/linux.h"
#include "worker/process.h"

/* Where a worker keeps its two pipes. */
#define EVENTS_FD 3
#define LIFELINE_FD 4
#define FIRST_FREE_FD 5

const struct vfio_operations *worker_operations = &vfio_linux_operations;
void *worker_kernel;

static volatile sig_atomic_t stop_signal;

static void note_signal(int number)
{
	stop_signal = number;
}

bool worker_is_stopped(void)
{
	struct pollfd poller = {.fd = LIFELINE_FD};

	return stop_signal || (poll(&poller, 1, 0) > 0 && poller.revents);
}

long worker_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Moves the pipes to their places without one overwriting the other, and closes the rest. */
static int keep_only_pipes(int events, int lifeline)
{
	int null, high_events, high_lifeline;

	high_events = fcntl(events, F_DUPFD, FIRST_FREE_FD);
	high_lifeline = fcntl(lifeline, F_DUPFD, FIRST_FREE_FD);
	null = open("/dev/null", O_RDWR);
	if (high_events < 0 || high_lifeline < 0 || null < 0)
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	if (dup2(high_events, EVENTS_FD) < 0 || dup2(high_lifeline, LIFELINE_FD) < 0)
		return -errno;
	if (close_range(FIRST_FREE_FD, ~0U, 0) < 0 && errno != ENOSYS)
		return -errno;
	/* modprobe, the only program that a worker starts, shall not keep them. */
	fcntl(EVENTS_FD, F_SETFD, FD_CLOEXEC);
	fcntl(LIFELINE_FD, F_SETFD, FD_CLOEXEC);
	return 0;
}

static void set_signals(void)
{
	struct sigaction note = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t none;

	sigaction(SIGTERM, &note, NULL);
	sigaction(SIGINT, &note, NULL);
	sigaction(SIGHUP, &note, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGCHLD, &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run_worker(int (*body)(void *data, int events), void *data, int events, int lifeline)
	__attribute__((noreturn));

static void run_worker(int (*body)(void *data, int events), void *data, int events, int lifeline)
{
	setsid();
	set_signals();
	if (keep_only_pipes(events, lifeline) < 0)
		_exit(1);
	_exit(body(data, EVENTS_FD) < 0 ? 1 : 0);
}

int worker_process_start(int (*body)(void *data, int events), void *data,
			 struct worker_process *ret)
{
	int events[2], lifeline[2];
	pid_t pid;

	if (pipe2(events, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(lifeline, O_CLOEXEC) < 0) {
		int err = errno;

		close(events[0]);
		close(events[1]);
		return -err;
	}
	pid = fork();
	if (pid == 0) {
		close(events[0]);
		close(lifeline[1]);
		run_worker(body, data, events[1], lifeline[0]);
	}
	close(events[1]);
	close(lifeline[0]);
	if (pid < 0) {
		int err = errno;

		close(events[0]);
		close(lifeline[1]);
		return -err;
	}
	*ret = (struct worker_process){.pid = pid, .events = events[0], .lifeline = lifeline[1]};
	return 0;
}

void worker_process_stop(struct worker_process *worker)
{
	if (worker->lifeline >= 0)
		close(worker->lifeline);
	worker->lifeline = -1;
}

int worker_process_wait(const struct worker_process *worker, int milliseconds)
{
	struct pollfd poller = {.fd = worker->events, .events = POLLIN};
	int ready = poll(&poller, 1, milliseconds < 0 ? 0 : milliseconds);

	return ready < 0 ? -errno : ready;
}

void worker_process_release(struct worker_process *worker)
{
	worker_process_stop(worker);
	if (worker->events >= 0)
		close(worker->events);
	worker->events = -1;
	/* The end of its events means that a worker is ending: it is waited for a moment only. */
	for (int tries = 0; worker->pid > 0 && tries < 50; tries++) {
		const struct timespec pause = {.tv_nsec = 2000000};
		pid_t reaped = waitpid(worker->pid, NULL, WNOHANG);

		if (reaped != 0)
			worker->pid = 0;
		else
			nanosleep(&pause, NULL);
	}
}
