/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/detached.h"
#include "host/in_use_part.h"

/* For each part; a table of a million routes takes less. */
#define DEADLINE_MILLISECONDS 4000

#define TEXT_SIZE 8192

/* One use, or with IN_USE_COUNT the end of a part. Both texts stand in @texts. */
struct message {
	uint32_t id;
	char texts[2 * TEXT_SIZE];
	const char *evidence; /* the second one */
};

struct detached_job {
	const struct in_use_source *source;
	size_t first; /* part to begin with */
};

/* Both texts without what follows their ends. */
static bool send_message(int socket, uint32_t id, const char *what, const char *evidence)
{
	struct iovec parts[] = {
		{&id, sizeof(id)}, {(void *)what, strnlen(what, TEXT_SIZE - 1)},
		{(void *)"", 1},   {(void *)evidence, strnlen(evidence, TEXT_SIZE - 1)},
		{(void *)"", 1},
	};
	const struct msghdr message = {.msg_iov = parts, .msg_iovlen = ARRAY_LENGTH(parts)};

	return sendmsg(socket, &message, 0) > 0;
}

static void look(void *data, int socket)
{
	const struct detached_job *job = data;
	struct in_use_source source = *job->source;
	struct host_root root;

	/* The caller's root has lost its descriptors here. */
	if (host_root_open(NULL, &root) < 0)
		return;
	source.root = &root;
	for (size_t i = job->first; i < IN_USE_PARTS; i++) {
		struct in_use_list list = {0};

		if (in_use_parts[i].read(&source, &list) < 0)
			return;
		for (size_t item = 0; item < list.n_items; item++)
			if (!send_message(socket, list.items[item].id, list.items[item].what,
					  list.items[item].evidence))
				return;
		if (!send_message(socket, IN_USE_COUNT, "", ""))
			return;
		in_use_list_release(&list);
	}
	host_root_close(&root);
}

/* Whether the texts of @message, @size bytes, are two, each with its end. */
static bool find_texts(struct message *message, size_t size)
{
	const char *end;

	if (size < 2 || message->texts[size - 1] != '\0' || message->id > IN_USE_COUNT)
		return false;
	end = memchr(message->texts, '\0', size - 1);
	message->evidence = end ? end + 1 : NULL;
	return end != NULL;
}

/* Returns 0, -ETIMEDOUT, or -EPIPE where the process has ended or says what is not understood. */
static int receive_message(int socket, struct message *message)
{
	struct iovec parts[] = {{&message->id, sizeof(message->id)},
				{message->texts, sizeof(message->texts)}};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = ARRAY_LENGTH(parts)};
	int r = host_detached_await(socket, DEADLINE_MILLISECONDS);
	ssize_t length;

	if (r < 0)
		return r == -ETIMEDOUT ? r : -EPIPE;
	length = recvmsg(socket, &header, 0);
	if (length <= (ssize_t)sizeof(message->id) ||
	    !find_texts(message, (size_t)length - sizeof(message->id)))
		return -EPIPE;
	return 0;
}

/* Takes what one process tells; @part is the one that it looks at. Returns 0 at its end. */
static int take_answers(int socket, size_t *part, struct in_use_list *list)
{
	static struct message message;
	int r = 0;

	while (r == 0 && *part < IN_USE_PARTS) {
		r = receive_message(socket, &message);
		if (r == 0 && message.id == IN_USE_COUNT)
			(*part)++;
		else if (r == 0)
			r = in_use_list_add(list, (enum in_use)message.id, message.texts,
					    message.evidence);
	}
	return r;
}

static int note_silence(const struct in_use_part *part, int error, struct in_use_list *list)
{
	if (error == -ETIMEDOUT)
		return in_use_addf(list, IN_USE_NOT_MEASURED, "a process that hangs in the kernel",
				   "the kernel did not answer within %d seconds when %s were "
				   "looked at",
				   DEADLINE_MILLISECONDS / 1000, part->what);
	return in_use_addf(list, IN_USE_NOT_MEASURED, "a process of our own",
			   "%s could not be looked at: the process that does so ended", part->what);
}

int in_use_read_detached(const struct in_use_source *source, struct in_use_list *list)
{
	size_t part = 0;
	int r = 0;

	/* One that hangs, or was killed, is followed by another, for the rest. */
	while (r == 0 && part < IN_USE_PARTS) {
		struct detached_job job = {.source = source, .first = part};
		int socket = host_detached_start(look, &job);

		if (socket < 0)
			return in_use_addf(list, IN_USE_NOT_MEASURED, "fork",
					   "nothing could be looked at: %s",
					   strerrordesc_np(-socket));
		r = take_answers(socket, &part, list);
		close(socket);
		if (r < 0 && r != -ENOMEM)
			r = note_silence(&in_use_parts[part++], r, list);
	}
	return r;
}
