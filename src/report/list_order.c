/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "report/list_writer.h"

static uint64_t group_of(const struct listing *listing, size_t position)
{
	const struct fact_number *group = &listing->devices.devices[position].group;

	return group->state == FACT_KNOWN ? group->number : UINT64_MAX;
}

static int compare(const void *a, const void *b, void *data)
{
	const struct listing *listing = data;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	uint64_t group_x = group_of(listing, x), group_y = group_of(listing, y);

	if (group_x != group_y)
		return group_x < group_y ? -1 : 1;
	return pci_address_compare(&listing->devices.devices[x].address,
				   &listing->devices.devices[y].address);
}

int list_order_make(const struct listing *listing, struct list_order *ret)
{
	size_t n = listing->devices.n_devices;
	size_t *positions = calloc(n ? n : 1, sizeof(*positions));

	if (!positions)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		positions[i] = i;
	qsort_r(positions, n, sizeof(*positions), compare, (void *)listing);
	*ret = (struct list_order){positions, n};
	return 0;
}

enum device_state list_group_state(const struct listing *listing, const struct list_order *order,
				   size_t first, size_t end)
{
	static const int weight[] = {
		[DEVICE_STATE_BRIDGE] = 0,     [DEVICE_STATE_NO_GROUP] = 1,
		[DEVICE_STATE_VFIO] = 2,       [DEVICE_STATE_UNBOUND] = 3,
		[DEVICE_STATE_HOST] = 4,       [DEVICE_STATE_IN_USE] = 5,
		[DEVICE_STATE_RECOVERING] = 6,
	};
	enum device_state most = DEVICE_STATE_BRIDGE;

	for (size_t i = first; i < end; i++) {
		enum device_state state = listing->states[order->positions[i]];

		if (weight[state] > weight[most])
			most = state;
	}
	return most;
}

size_t list_group_end(const struct listing *listing, const struct list_order *order, size_t first)
{
	uint64_t group = group_of(listing, order->positions[first]);
	size_t end = first + 1;

	while (end < order->n && group_of(listing, order->positions[end]) == group)
		end++;
	return end;
}
