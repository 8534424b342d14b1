/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_LIST_WRITER_H
#define REPORT_LIST_WRITER_H

#include "check/listing.h"
#include "host/names.h"
#include "report/json_out.h"
#include "report/text_out.h"

/*
 * Writes the listing group by group, in the layout that the passthrough guides use, with
 * driver and state behind it; devices without a group come last. @names may be NULL: no
 * names then. Returns 0 or -ENOMEM; errors of writing stay in the stream.
 */
int list_write_text(const struct text_out *out, const struct listing *listing,
		    struct device_names *names);

/* The same as a document; @kernel is the running release, NULL where unknown. */
int list_write_json(FILE *file, enum json_form form, const char *kernel,
		    const struct listing *listing, struct device_names *names);

/* Positions in a listing's devices, ordered by group (none last), then by address. */
struct list_order {
	size_t *positions;
	size_t n;
};

/* Returns 0 or -ENOMEM; the caller frees the positions. */
int list_order_make(const struct listing *listing, struct list_order *ret);

/*
 * The state that tells most about a group whose members are @first to @end in @order:
 * what needs an eye before what is at rest.
 */
enum device_state list_group_state(const struct listing *listing, const struct list_order *order,
				   size_t first, size_t end);

/* The position in @order behind the last member of the group that @first belongs to. */
size_t list_group_end(const struct listing *listing, const struct list_order *order, size_t first);

#endif
