/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "trial/restore.h"
#include "worker/event.h"

/* Small enough that header and texts together stay below PIPE_BUF and go out in one piece. */
#define TEXT_LIMIT 1500

struct wire_header {
	int32_t type, device, step, err;
	uint32_t usec;
	int32_t evidence, truth, source, result;
	int32_t where_size, value_size; /* -1: NULL */
};

static int32_t text_size(const char *text)
{
	size_t size = text ? strlen(text) : 0;

	if (!text)
		return -1;
	return (int32_t)(size < TEXT_LIMIT ? size : TEXT_LIMIT);
}

int worker_event_send(int fd, const struct worker_event *event)
{
	struct wire_header header = {
		.type = (int32_t)event->type,
		.device = event->device,
		.step = (int32_t)event->step,
		.err = event->err,
		.usec = event->usec,
		.evidence = (int32_t)event->evidence,
		.truth = (int32_t)event->truth,
		.source = (int32_t)event->source,
		.result = event->result,
		.where_size = text_size(event->where),
		.value_size = text_size(event->value),
	};
	char buffer[sizeof(header) + 2 * TEXT_LIMIT];
	size_t used = sizeof(header);

	memcpy(buffer, &header, sizeof(header));
	if (header.where_size > 0) {
		memcpy(buffer + used, event->where, (size_t)header.where_size);
		used += (size_t)header.where_size;
	}
	if (header.value_size > 0) {
		memcpy(buffer + used, event->value, (size_t)header.value_size);
		used += (size_t)header.value_size;
	}
	return fd_write_all(fd, buffer, used);
}

static int receive_text(int fd, int32_t size, char **ret)
{
	int result;
	char *text;

	*ret = NULL;
	if (size < 0)
		return 1;
	if (size > TEXT_LIMIT)
		return -EPROTO;
	text = calloc(1, (size_t)size + 1);
	if (!text)
		return -ENOMEM;
	result = size > 0 ? fd_read_exact(fd, text, (size_t)size) : 1;
	if (result <= 0) {
		free(text);
		return result < 0 ? result : -EPIPE;
	}
	*ret = text;
	return 1;
}

static bool is_within(int32_t value, int32_t last)
{
	return value >= 0 && value <= last;
}

/* A worker whose memory is no longer sane must not put values into a report that have no name. */
static bool is_sound(const struct wire_header *header)
{
	int32_t most = header->type == WORKER_JOINS ? WORKER_DOMAINS_MOST : RESTORE_BLOCKED;

	return is_within(header->type, WORKER_DONE) && is_within(header->step, STEP_COUNT - 1) &&
	       is_within(header->evidence, EVIDENCE_COUNT) && is_within(header->truth, TRUTH_YES) &&
	       is_within(header->source, SOURCE_UDEV) && is_within(header->result, most);
}

int worker_event_receive(int fd, struct worker_event *ret)
{
	struct wire_header header;
	int result = fd_read_exact(fd, &header, sizeof(header));

	*ret = (struct worker_event){0};
	if (result <= 0)
		return result == -EPIPE ? 0 : result;
	if (!is_sound(&header))
		return -EPROTO;
	ret->type = (enum worker_event_type)header.type;
	ret->device = header.device;
	ret->step = (enum step)header.step;
	ret->err = header.err;
	ret->usec = header.usec;
	ret->evidence = (enum evidence)header.evidence;
	ret->truth = (enum truth)header.truth;
	ret->source = (enum evidence_source)header.source;
	ret->result = header.result;
	result = receive_text(fd, header.where_size, &ret->where);
	if (result > 0)
		result = receive_text(fd, header.value_size, &ret->value);
	if (result <= 0) {
		worker_event_release(ret);
		/* A worker that died in the middle of an event has ended its stream. */
		return result == -EPIPE ? 0 : result;
	}
	return 1;
}

void worker_event_release(struct worker_event *event)
{
	free(event->where);
	free(event->value);
	event->where = NULL;
	event->value = NULL;
}
