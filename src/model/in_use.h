/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_IN_USE_H
#define MODEL_IN_USE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum in_use {
#define IN_USE(constant, id) IN_USE_##constant,
#include "model/in_use.def"
#undef IN_USE
	IN_USE_COUNT,
};

/* A bit per id, for --force=ID[,ID...]. */
#define IN_USE_BIT(id) (UINT32_C(1) << (id))

/* One way in which the host uses a device. */
struct in_use_item {
	enum in_use id;
	char *what;	/* "/dev/nvme0n1p1 on /srv" */
	char *evidence; /* "/proc/self/mountinfo" */
};

struct in_use_list {
	struct in_use_item *items;
	size_t n_items;
};

/* The contract's id, static; in_use_from_id() gives IN_USE_COUNT where there is none. */
const char *in_use_id(enum in_use id);
enum in_use in_use_from_id(const char *id);

/* Appends copies; the same id may stand more than once. Returns 0 or -ENOMEM. */
int in_use_list_add(struct in_use_list *list, enum in_use id, const char *what,
		    const char *evidence);

/* The ids in the list, as bits. */
uint32_t in_use_list_mask(const struct in_use_list *list);

/* Whether a use is known, and not only that something could not be measured. */
bool in_use_list_is_known(const struct in_use_list *list);

/* Frees what the list owns and zeroes it. */
void in_use_list_release(struct in_use_list *list);

#endif
