/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_SECCOMP_SUPERVISE_H
#define TESTS_SECCOMP_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs a program and what it starts under a seccomp filter that asks us about its system calls
 * (SECCOMP_RET_USER_NOTIF): one of them fails or is the last one, the others are let through.
 *
 * Who calls is told by sessions: 0 is the program itself; a process that became the leader of
 * the nth session (from 0) is 2n+1, and what that one started is 2n+2.
 */
struct call {
	int number;
	unsigned who;
	unsigned nth;	 /* of this number and caller, from 1 */
	char where[128]; /* the request of an ioctl, else the path that the caller named last */
};

struct call_log {
	struct call *calls;
	size_t n_calls;
};

struct supervision {
	/* What is run; it does not return, or the process ends with what it returns. */
	int (*body)(void *data);
	void *data;
	const struct call *at; /* NULL: every call is logged and none fails */
	int err;	       /* that it answers; 0: caller and program are killed there */
	bool from_then_on;     /* so do all later ones of that number and caller */
	unsigned seconds;      /* after which everything is killed */
	struct call_log *log;  /* where `at` is NULL */
};

struct supervision_end {
	int status;   /* as of waitpid() */
	bool reached; /* `at` was met */
	bool late;    /* `seconds` passed */
};

/* Returns 0 or a negative errno where nothing could be run. */
int supervise(const struct supervision *what, struct supervision_end *ret);

void call_log_release(struct call_log *log);

/* A name for people, in a static buffer. */
const char *call_name(int number);

#endif
