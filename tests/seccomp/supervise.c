/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervise.h"

/* The listener is sent through it; the filter lets that one message pass. */
#define HANDOVER_FD 200
#define SESSIONS 8
#define CALLERS 64

struct caller {
	pid_t pid;
	char where[128];
};

struct run {
	const struct supervision *what;
	struct supervision_end *end;
	pid_t pid;
	pid_t sessions[SESSIONS];
	size_t n_sessions;
	struct caller callers[CALLERS]; /* of a log: the last path of each process */
	size_t n_callers;
	unsigned count; /* of calls like `at` so far */
};

const char *call_name(int number)
{
	static char name[40];
	char *found = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

	snprintf(name, sizeof(name), "%s", found ? found : "?");
	free(found);
	return name;
}

void call_log_release(struct call_log *log)
{
	free(log->calls);
	*log = (struct call_log){0};
}

/* What cannot fail, or only ends the process, is not asked about. */
static int add_quiet(scmp_filter_ctx filter)
{
	static const int quiet[] = {SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),
				    SCMP_SYS(restart_syscall)};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(quiet) / sizeof(quiet[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, quiet[i], 0);
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1,
				     SCMP_A0(SCMP_CMP_EQ, HANDOVER_FD, 0));
	return r;
}

/* Only the number that is to fail, and setsid, which tells who is who. */
static int add_asked(scmp_filter_ctx filter, int number)
{
	int r = 0;

	if (number == SCMP_SYS(sendmsg))
		r = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, number, 1,
				     SCMP_A0(SCMP_CMP_NE, HANDOVER_FD, 0));
	else if (number != SCMP_SYS(setsid))
		r = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, number, 0);
	return r < 0 ? r : seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(setsid), 0);
}

static int install(const struct call *at)
{
	scmp_filter_ctx filter = seccomp_init(at ? SCMP_ACT_ALLOW : SCMP_ACT_NOTIFY);
	int r;

	if (!filter)
		return -ENOMEM;
	r = at ? add_asked(filter, at->number) : add_quiet(filter);
	if (r == 0)
		r = seccomp_load(filter);
	return r < 0 ? r : seccomp_notify_fd(filter);
}

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static struct msghdr message(struct iovec *vector, union control *control)
{
	return (struct msghdr){.msg_iov = vector,
			       .msg_iovlen = 1,
			       .msg_control = control->bytes,
			       .msg_controllen = sizeof(control->bytes)};
}

static void hand_over(int listener)
{
	char byte = 0;
	struct iovec vector = {&byte, 1};
	union control control = {0};
	struct msghdr header = message(&vector, &control);
	struct cmsghdr *part = CMSG_FIRSTHDR(&header);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(part), &listener, sizeof(int));
	if (sendmsg(HANDOVER_FD, &header, 0) < 0)
		_exit(126);
}

static int take_over(int socket)
{
	char byte;
	struct iovec vector = {&byte, 1};
	union control control = {0};
	struct msghdr header = message(&vector, &control);
	const struct cmsghdr *part;
	int listener;

	if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) <= 0)
		return -EIO;
	part = CMSG_FIRSTHDR(&header);
	if (!part || part->cmsg_type != SCM_RIGHTS)
		return -EIO;
	memcpy(&listener, CMSG_DATA(part), sizeof(int));
	return listener;
}

static void run_body(const struct supervision *what, int socket)
{
	int listener;

	if (dup3(socket, HANDOVER_FD, O_CLOEXEC) < 0)
		_exit(126);
	listener = install(what->at);
	if (listener < 0)
		_exit(126);
	hand_over(listener);
	close(listener);
	_exit(what->body(what->data));
}

/* Field 6 of /proc/PID/stat. */
static pid_t session_of(pid_t pid)
{
	char path[40], text[256];
	const char *end;
	int session = 0, fd;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1, " %*c %*d %*d %d", &session) != 1)
		return 0;
	return session;
}

static unsigned who_calls(const struct run *run, pid_t pid)
{
	pid_t session = session_of(pid);

	for (size_t i = 0; i < run->n_sessions; i++)
		if (run->sessions[i] == session)
			return (unsigned)(2 * i + (pid == session ? 1 : 2));
	return 0;
}

/* The argument that is a path, or -1. */
static int path_argument(int number)
{
	switch (number) {
	case SYS_openat:
	case SYS_newfstatat:
	case SYS_readlinkat:
	case SYS_unlinkat:
	case SYS_faccessat:
	case SYS_faccessat2:
		return 1;
#ifdef SYS_open
	case SYS_open:
	case SYS_readlink:
	case SYS_mkdir:
	case SYS_unlink:
	case SYS_access:
#endif
	case SYS_execve:
		return 0;
	}
	return -1;
}

static void read_path(pid_t pid, unsigned long address, char where[128])
{
	char path[40];
	ssize_t length = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = pread(fd, where, 127, (off_t)address);
		close(fd);
	}
	where[length < 0 ? 0 : length] = '\0';
}

static struct caller *caller_of(struct run *run, pid_t pid)
{
	for (size_t i = 0; i < run->n_callers; i++)
		if (run->callers[i].pid == pid)
			return &run->callers[i];
	if (run->n_callers == CALLERS)
		return &run->callers[0];
	run->callers[run->n_callers] = (struct caller){.pid = pid};
	return &run->callers[run->n_callers++];
}

static void note(struct run *run, const struct seccomp_notif *asked, unsigned who)
{
	struct call_log *log = run->what->log;
	struct caller *caller = caller_of(run, (pid_t)asked->pid);
	int path = path_argument(asked->data.nr);
	struct call call = {.number = asked->data.nr, .who = who, .nth = 1};
	struct call *grown = reallocarray(log->calls, log->n_calls + 1, sizeof(*grown));

	if (!grown)
		abort();
	log->calls = grown;
	if (path >= 0)
		read_path((pid_t)asked->pid, asked->data.args[path], caller->where);
	memcpy(call.where, caller->where, sizeof(call.where));
	if (asked->data.nr == SYS_ioctl)
		snprintf(call.where, sizeof(call.where), "%#llx",
			 (unsigned long long)asked->data.args[1]);
	for (size_t i = 0; i < log->n_calls; i++)
		call.nth += log->calls[i].number == call.number && log->calls[i].who == who;
	grown[log->n_calls++] = call;
}

/* Whether this call is the one, or one after it that is to fail too. */
static bool is_meant(struct run *run, const struct seccomp_notif *asked, unsigned who)
{
	const struct supervision *what = run->what;

	if (asked->data.nr != what->at->number || who != what->at->who)
		return false;
	run->count++;
	return run->count == what->at->nth || (what->from_then_on && run->count > what->at->nth);
}

static void kill_there(const struct run *run, pid_t caller)
{
	kill(run->pid, SIGKILL);
	if (caller != run->pid)
		kill(caller, SIGKILL);
}

static void answer(struct run *run, int listener, struct seccomp_notif *asked,
		   struct seccomp_notif_resp *reply)
{
	unsigned who = who_calls(run, (pid_t)asked->pid);

	if (asked->data.nr == SYS_setsid && run->n_sessions < SESSIONS)
		run->sessions[run->n_sessions++] = (pid_t)asked->pid;
	*reply = (struct seccomp_notif_resp){.id = asked->id,
					     .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
	if (!run->what->at) {
		note(run, asked, who);
	} else if (is_meant(run, asked, who)) {
		run->end->reached = true;
		reply->flags = 0;
		reply->error = run->what->err ? -run->what->err : -EINTR;
		if (run->what->err == 0)
			kill_there(run, (pid_t)asked->pid);
	}
	seccomp_notify_respond(listener, reply);
}

static long seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Everything that still runs under the filter; the leaders' children end with their pipes. */
static void kill_all(const struct run *run)
{
	kill(run->pid, SIGKILL);
	for (size_t i = 0; i < run->n_sessions; i++)
		kill(-run->sessions[i], SIGKILL);
}

/* Answers until no process is left under the filter. */
static void listen_to(struct run *run, int listener)
{
	long deadline = seconds_now() + (long)run->what->seconds;
	struct seccomp_notif_resp *reply;
	struct seccomp_notif *asked;

	if (seccomp_notify_alloc(&asked, &reply) < 0)
		abort();
	for (;;) {
		struct pollfd poller = {.fd = listener, .events = POLLIN};
		int ready = poll(&poller, 1, 1000);

		if (ready > 0 && !(poller.revents & POLLIN))
			break;
		if (seconds_now() > deadline && !run->end->late) {
			run->end->late = true;
			kill_all(run);
		}
		memset(asked, 0, sizeof(*asked));
		if (ready > 0 && seccomp_notify_receive(listener, asked) == 0)
			answer(run, listener, asked, reply);
	}
	seccomp_notify_free(asked, reply);
}

int supervise(const struct supervision *what, struct supervision_end *ret)
{
	struct run run = {.what = what, .end = ret};
	int ends[2], listener;

	*ret = (struct supervision_end){0};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	fflush(NULL);
	run.pid = fork();
	if (run.pid == 0)
		run_body(what, ends[1]);
	close(ends[1]);
	listener = run.pid < 0 ? -errno : take_over(ends[0]);
	close(ends[0]);
	if (listener >= 0) {
		listen_to(&run, listener);
		close(listener);
	}
	if (run.pid > 0 && waitpid(run.pid, &ret->status, 0) < 0)
		return -errno;
	return listener < 0 ? listener : 0;
}
