/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "domain/domain_xml.h"
#include "iommu-diag/hook.h"
#include "iommu-diag/options.h"
#include "worker/process.h"

/* libvirt waits for its hooks. What is not known by then is not said. */
#define DEADLINE_MS 900

/* What the script in libexec turns into 1; every other end of this program lets a start go on. */
#define STATUS_STOP 17

#define CONFIG "/etc/iommu-diag/libvirt-hook.conf"
#define STATE "/run/iommu-diag/starts"
#define LOGS "/var/log/libvirt/qemu"

/* How libvirt calls a hook: NAME OPERATION SUB-OPERATION EXTRA. */
#define WORDS 4

#define ANSWER_MOST (64 * 1024)

enum {
	OPTION_CONFIG = OPTION_OWN,
	OPTION_ROOT,
	OPTION_STATE,
	OPTION_LOGS,
};

static const struct option options[] = {
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"root", required_argument, NULL, OPTION_ROOT},
	{"state", required_argument, NULL, OPTION_STATE},
	{"logs", required_argument, NULL, OPTION_LOGS},
	COMMON_LONG_OPTIONS,
	{0},
};

static const char usage[] =
	"Usage: iommu-diag libvirt-hook [OPTION]... NAME OPERATION SUBOPERATION EXTRA\n"
	"What libvirt runs as a hook when a guest is started or is gone, with the domain\n"
	"definition on standard input. \"prepare begin\" checks its devices passively,\n"
	"within one second; \"release end\" explains a start that failed. Enable it with\n"
	"the script iommu-diag/libvirt-hook in libexec, see iommu-diag(1).\n"
	"\n"
	"      --config=FILE              instead of the configuration of the system\n"
	"      --root=DIR                 read a captured tree, not this machine\n"
	"      --state=DIR                where starts that have begun are noted\n"
	"      --logs=DIR                 where libvirt keeps what QEMU prints\n" COMMON_USAGE "\n"
	"Exit status: 17 where the start has to be stopped (only with mode=block), 2 usage,\n"
	"else 0.\n";

/*
 * Reads standard input until its end, a definition's greatest size or @deadline; what hangs
 * behind it must not keep libvirt.
 */
static int read_definition(long deadline, char **ret, size_t *ret_size)
{
	AUTO_FREE char *text = malloc(DOMAIN_XML_MOST);
	size_t size = 0;

	if (!text)
		return -ENOMEM;
	while (size < DOMAIN_XML_MOST) {
		struct pollfd poller = {.fd = STDIN_FILENO, .events = POLLIN};
		long left = deadline - worker_milliseconds();
		ssize_t got;

		if (left <= 0 || poll(&poller, 1, (int)left) == 0)
			return -ETIMEDOUT;
		got = read(STDIN_FILENO, text + size, DOMAIN_XML_MOST - size);
		if (got == 0)
			break;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		size += got > 0 ? (size_t)got : 0;
	}
	*ret = text;
	*ret_size = size;
	text = NULL;
	return 0;
}

static void complain_of_config(const struct hook_call *call)
{
	char *rest = call->config.complaints, *line;

	while (rest && (line = strsep(&rest, "\n")) && *line)
		hook_log(call, &(struct hook_entry){.priority = LOG_WARNING, .group = -1}, "%s",
			 line);
}

/*
 * In a process of its own, which may hang in the kernel or before the journal: one byte, whether
 * the start is to be stopped, and the text. The journal has been told by then.
 */
static int work(void *data, int events)
{
	struct hook_call *call = data;
	struct host_root root;
	char *text = NULL;
	size_t size = 0;
	bool stops = false;
	int result = hook_config_read(call->config_file, &call->config);

	if (result == 0)
		result = host_root_open(call->root_prefix, &root);
	if (result < 0)
		return result;
	call->root = &root;
	call->text = open_memstream(&text, &size);
	if (!call->text)
		return -ENOMEM;
	complain_of_config(call);
	if (strcmp(call->operation, "prepare") == 0)
		stops = hook_prepare(call);
	else if (strcmp(call->operation, "started") == 0)
		hook_started(call);
	else
		hook_release(call);
	if (fclose(call->text) != 0)
		return -ENOMEM;
	result = fd_write_all(events, stops ? "S" : "-", 1);
	if (result == 0)
		result = fd_write_all(events, text, size);
	host_root_close(&root);
	free(text);
	return result;
}

/* Takes the answer of the worker until it ends. Returns its length, 0 after the deadline. */
static size_t read_answer(struct worker_process *worker, long deadline, char *answer)
{
	size_t size = 0;

	while (size < ANSWER_MOST) {
		long left = deadline - worker_milliseconds();
		ssize_t got;

		if (left <= 0 || worker_process_wait(worker, (int)left) == 0)
			return 0;
		got = read(worker->events, answer + size, ANSWER_MOST - size);
		if (got < 0 && errno != EINTR)
			return 0;
		if (got == 0)
			return size;
		size += got > 0 ? (size_t)got : 0;
	}
	return size;
}

static int run_worker(struct hook_call *call, long deadline)
{
	AUTO_FREE char *answer = malloc(ANSWER_MOST);
	struct worker_process worker;
	size_t size;

	if (!answer || worker_process_start(work, call, &worker) < 0)
		return CLIENT_OK;
	size = read_answer(&worker, deadline, answer);
	if (size == 0)
		kill(worker.pid, SIGKILL);
	worker_process_release(&worker);
	if (size == 0)
		return CLIENT_OK;
	fwrite(answer + 1, 1, size - 1, stderr);
	return answer[0] == 'S' ? STATUS_STOP : CLIENT_OK;
}

/* What this program has something to say about. */
static bool is_wanted(const char *operation, const char *sub)
{
	return (strcmp(operation, "prepare") == 0 && strcmp(sub, "begin") == 0) ||
	       (strcmp(operation, "started") == 0 && strcmp(sub, "begin") == 0) ||
	       (strcmp(operation, "release") == 0 && strcmp(sub, "end") == 0);
}

static int call_hook(struct hook_call *call, char **words)
{
	long deadline = worker_milliseconds() + DEADLINE_MS;
	int status = CLIENT_OK;

	/* Without standard input the next file that is opened would be it. */
	if (!is_wanted(words[1], words[2]) ||
	    (fcntl(STDIN_FILENO, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0))
		return CLIENT_OK;
	call->domain = words[0];
	call->operation = words[1];
	call->extra = words[3];
	if (read_definition(deadline, &call->xml, &call->xml_size) != -ETIMEDOUT)
		status = run_worker(call, deadline);
	free(call->xml);
	return status;
}

static void take_option(struct hook_call *call, int code)
{
	switch (code) {
	case OPTION_CONFIG:
		call->config_file = optarg;
		break;
	case OPTION_ROOT:
		call->root_prefix = optarg;
		break;
	case OPTION_STATE:
		call->state_folder = optarg;
		break;
	case OPTION_LOGS:
		call->log_folder = optarg;
		break;
	default:
		break;
	}
}

static int run(const struct client_command *command, int argc, char **argv)
{
	struct hook_call call = {
		.config_file = CONFIG,
		.state_folder = STATE,
		.log_folder = LOGS,
	};
	struct option_reader reader;
	int code;

	/* A guest may be called "--root=x"; libvirt gives exactly these words, and no option. */
	if (argc == WORDS + 1)
		return call_hook(&call, argv + 1);
	options_start(&reader, command, argc, argv, options);
	while ((code = options_next(&reader)) != -1)
		take_option(&call, code);
	if (reader.stopped)
		return reader.status;
	if (argc - optind != WORDS)
		return client_usage_error(command, "expected what libvirt gives a hook: NAME "
						   "OPERATION SUBOPERATION EXTRA");
	return call_hook(&call, argv + optind);
}

const struct client_command command_hook = {
	"libvirt-hook", "what libvirt runs when a guest starts; see iommu-diag(1)", usage, run};
