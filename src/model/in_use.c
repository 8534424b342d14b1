/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/in_use.h"

static const char *const ids[IN_USE_COUNT] = {
#define IN_USE(constant, id) [IN_USE_##constant] = id,
#include "model/in_use.def"
#undef IN_USE
};

const char *in_use_id(enum in_use id)
{
	return ids[id];
}

enum in_use in_use_from_id(const char *id)
{
	int i;

	for (i = 0; i < IN_USE_COUNT; i++)
		if (strcmp(ids[i], id) == 0)
			break;
	return (enum in_use)i;
}

int in_use_list_add(struct in_use_list *list, enum in_use id, const char *what,
		    const char *evidence)
{
	struct in_use_item *grown = reallocarray(list->items, list->n_items + 1, sizeof(*grown));
	struct in_use_item *item;

	if (!grown)
		return -ENOMEM;
	list->items = grown;
	item = &grown[list->n_items];
	*item = (struct in_use_item){id, strdup(what), strdup(evidence)};
	if (!item->what || !item->evidence) {
		free(item->what);
		free(item->evidence);
		return -ENOMEM;
	}
	list->n_items++;
	return 0;
}

uint32_t in_use_list_mask(const struct in_use_list *list)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < list->n_items; i++)
		mask |= IN_USE_BIT(list->items[i].id);
	return mask;
}

bool in_use_list_is_known(const struct in_use_list *list)
{
	return (in_use_list_mask(list) & ~IN_USE_BIT(IN_USE_NOT_MEASURED)) != 0;
}

void in_use_list_release(struct in_use_list *list)
{
	for (size_t i = 0; i < list->n_items; i++) {
		free(list->items[i].what);
		free(list->items[i].evidence);
	}
	free(list->items);
	*list = (struct in_use_list){0};
}
