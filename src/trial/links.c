/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "trial/links.h"

/* Most drivers register their interfaces before bind returns; some a moment later. */
#define TRIES 20
#define PAUSE_NANOSECONDS 100000000L

static void add(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char **text, const char *format, ...)
{
	AUTO_FREE char *before = *text;
	AUTO_FREE char *sentence = NULL;
	va_list arguments;

	*text = NULL;
	va_start(arguments, format);
	if (vasprintf(&sentence, format, arguments) < 0)
		sentence = NULL;
	va_end(arguments);
	if (sentence &&
	    asprintf(text, "%s%s%s", before ? before : "", before ? "; " : "", sentence) < 0)
		*text = NULL;
}

static struct network_link *find_port(struct network_links *links, unsigned port)
{
	for (size_t i = 0; i < links->n_links; i++)
		if (links->links[i].port == port)
			return &links->links[i];
	return NULL;
}

/* The interfaces as they are, once there are as many as there were. */
static void await(const struct vfio_operations *operations, void *kernel,
		  const struct undo_record *record, struct network_links *ret)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};

	for (int tries = 0; tries < TRIES; tries++) {
		if (tries > 0)
			nanosleep(&pause, NULL);
		if (operations->links_read(kernel, &record->address, ret).err != 0 ||
		    ret->n_links >= record->links.n_links)
			return;
	}
}

/* Whether the interface has its old name, or has it now. */
static bool rename_back(const struct vfio_operations *operations, void *kernel,
			const struct network_link *then, struct network_link *now, char **text)
{
	int err;

	if (strcmp(now->name, then->name) == 0)
		return true;
	if (now->up) {
		add(text, "%s is called %s now, and somebody uses it", then->name, now->name);
		return false;
	}
	err = operations->link_rename(kernel, now->name, then->name).err;
	if (err != 0) {
		add(text, "%s is called %s now: %s", then->name, now->name, strerror(err));
		return false;
	}
	strcpy(now->name, then->name);
	return true;
}

static void put_one_back(const struct vfio_operations *operations, void *kernel,
			 const struct network_link *then, struct network_link *now, char **text)
{
	int err;

	if (!now) {
		add(text, "the interface %s has not come back", then->name);
		return;
	}
	if (!rename_back(operations, kernel, then, now, text) || !then->up || now->up)
		return;
	err = operations->link_up(kernel, now->name).err;
	if (err != 0)
		add(text, "%s was up and is not: %s", now->name, strerror(err));
	else
		add(text,
		    "%s, which is up again, has lost the addresses, the routes and the "
		    "membership in a bridge or bond that it had",
		    now->name);
}

char *links_put_back(const struct vfio_operations *operations, void *kernel,
		     const struct undo_record *record)
{
	struct network_links now = {0};
	char *text = NULL;

	if (record->links.n_links == 0)
		return NULL;
	await(operations, kernel, record, &now);
	for (size_t i = 0; i < record->links.n_links; i++) {
		const struct network_link *then = &record->links.links[i];

		put_one_back(operations, kernel, then, find_port(&now, then->port), &text);
	}
	return text;
}
