/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "host/detached.h"
#include "host/reader.h"

#define DEADLINE_MILLISECONDS 2000

/* The longest answer of a file that is read here: config has 4096 bytes, text a page. */
#define ANSWER_SIZE 65536

struct request {
	uint32_t size;
	char path[PATH_MAX];
};

struct answer {
	int32_t length; /* or a negative errno */
	char data[ANSWER_SIZE];
};

/* What a file's show function waits for (drivers/base, drivers/pci, drivers/iommu). */
enum lock {
	LOCK_NONE,
	LOCK_DEVICE, /* device_lock(), held by probe, unbind and reset */
	LOCK_CONFIG, /* pci_wait_cfg(), during a reset */
	LOCK_GROUP,  /* iommu_group.mutex, held by claim and attach */
};

/* A lock that somebody keeps: of the files in @folder. */
struct silence {
	enum lock lock;
	char *folder;
};

struct host_reader {
	int socket; /* -1: no process */
	struct silence *silences;
	size_t n_silences;
};

struct host_reader *host_reader_new(void)
{
	struct host_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		reader->socket = -1;
	return reader;
}

/* The process ends by itself when its socket does; nobody waits for it. */
static void let_go(struct host_reader *reader)
{
	if (reader->socket >= 0)
		close(reader->socket);
	reader->socket = -1;
}

void host_reader_free(struct host_reader *reader)
{
	if (!reader)
		return;
	let_go(reader);
	for (size_t i = 0; i < reader->n_silences; i++)
		free(reader->silences[i].folder);
	free(reader->silences);
	free(reader);
}

static enum lock lock_of(const char *path)
{
	static const struct {
		const char *name;
		enum lock lock;
	} files[] = {
		{"driver_override", LOCK_DEVICE}, /* before 7.x */
		{"uevent", LOCK_DEVICE},	  /* 6.1.95 and later, 6.10 to 6.14 */
		{"sriov_numvfs", LOCK_DEVICE},	  /* since 5.x */
		{"reset_method", LOCK_DEVICE},	  /* its store function takes it */
		{"config", LOCK_CONFIG},	  /* pci_user_read_config_*() */
		{"vpd", LOCK_CONFIG},		  /* the same */
		{"reserved_regions", LOCK_GROUP}, /* iommu_get_group_resv_regions() */
		{"type", LOCK_GROUP},		  /* iommu_group_show_type() */
	};
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		if (strcmp(name, files[i].name) == 0)
			return files[i].lock;
	return LOCK_NONE;
}

bool host_reader_is_needed(const char *path)
{
	return lock_of(path) != LOCK_NONE;
}

static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static bool is_silent(const struct host_reader *reader, const char *path)
{
	size_t length = folder_length(path);

	for (size_t i = 0; i < reader->n_silences; i++) {
		const struct silence *silence = &reader->silences[i];

		if (silence->lock == lock_of(path) && strlen(silence->folder) == length &&
		    strncmp(silence->folder, path, length) == 0)
			return true;
	}
	return false;
}

/* Without memory the next file costs another deadline. */
static void note_silence(struct host_reader *reader, const char *path)
{
	struct silence *grown =
		reallocarray(reader->silences, reader->n_silences + 1, sizeof(*grown));

	if (!grown)
		return;
	reader->silences = grown;
	grown[reader->n_silences].lock = lock_of(path);
	grown[reader->n_silences].folder = strndup(path, folder_length(path));
	if (grown[reader->n_silences].folder)
		reader->n_silences++;
}

static void answer_request(const struct request *request, struct answer *answer)
{
	AUTO_CLOSE int fd = open(request->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t size = request->size < ANSWER_SIZE ? request->size : ANSWER_SIZE;

	answer->length = fd < 0 ? -errno : (int32_t)fd_read_bytes(fd, answer->data, size);
}

/* The process itself. */
static void serve(void *data, int socket)
{
	static struct request request;
	static struct answer answer;

	(void)data;
	for (;;) {
		ssize_t length = recv(socket, &request, sizeof(request), 0);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= (ssize_t)sizeof(request.size))
			return;
		answer_request(&request, &answer);
		length = (ssize_t)sizeof(answer.length) + (answer.length > 0 ? answer.length : 0);
		if (send(socket, &answer, (size_t)length, 0) < 0)
			return;
	}
}

static ssize_t exchange(const struct host_reader *reader, const struct request *request,
			void *buffer)
{
	int32_t answered;
	struct iovec parts[] = {{&answered, sizeof(answered)}, {buffer, request->size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = ARRAY_LENGTH(parts)};
	size_t size = offsetof(struct request, path) + strlen(request->path) + 1;
	int result;

	if (send(reader->socket, request, size, MSG_NOSIGNAL) < 0)
		return -errno;
	result = host_detached_await(reader->socket, DEADLINE_MILLISECONDS);
	if (result < 0)
		return result;
	if (recvmsg(reader->socket, &message, 0) < (ssize_t)sizeof(answered))
		return -EPIPE;
	return answered;
}

ssize_t host_reader_read(struct host_reader *reader, const char *path, void *buffer, size_t size)
{
	struct request request = {.size = (uint32_t)(size < ANSWER_SIZE ? size : ANSWER_SIZE)};
	ssize_t length;

	if (strlen(path) >= sizeof(request.path))
		return -ENAMETOOLONG;
	if (is_silent(reader, path))
		return -ETIMEDOUT;
	strcpy(request.path, path);
	if (reader->socket < 0) {
		int started = host_detached_start(serve, NULL);

		if (started < 0)
			return started;
		reader->socket = started;
	}
	length = exchange(reader, &request, buffer);
	if (length == -ETIMEDOUT)
		note_silence(reader, path);
	/* One that hangs, or was killed, is followed by another. */
	if (length == -ETIMEDOUT || length == -EPIPE || length == -ECONNRESET)
		let_go(reader);
	return length;
}
