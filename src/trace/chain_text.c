/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/errno_name.h"
#include "trace/chain.h"

/* Kernel addresses are nobody's business: a pointer that is one is printed as "ok". */
static void print_answer(FILE *out, const struct trace_return *call)
{
	int err = trace_return_errno(call);
	const char *name = err ? errno_name(err) : NULL;

	if (name)
		fputs(name, out);
	else if (err)
		fprintf(out, "errno %d", err);
	else if (trace_point_value(call->point) == TRACE_VALUE_POINTER)
		fputs(call->value ? "ok" : "NULL", out);
	else if (trace_point_value(call->point) == TRACE_VALUE_BOOL)
		fputs(call->value ? "true" : "false", out);
	else
		fprintf(out, "%" PRId64, call->value);
}

static char *close_text(FILE *out, char **text)
{
	if (fclose(out) != 0) {
		free(*text);
		return NULL;
	}
	return *text;
}

char *trace_chain_sentence(const struct trace_chain *chain)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	size_t at = chain->n_links;
	const char *lead = ", passed on by ";

	if (!out)
		return NULL;
	if (at > 0) {
		at--;
		print_answer(out, chain->links[at]);
		fprintf(out, " produced by %s", trace_point_symbol(chain->links[at]->point));
	}
	while (at-- > 0) {
		const struct trace_return *call = chain->links[at];

		if (trace_return_errno(call) != trace_return_errno(chain->links[at + 1])) {
			fputs(", replaced by ", out);
			print_answer(out, call);
			fprintf(out, " in %s", trace_point_symbol(call->point));
			lead = ", passed on by ";
		} else {
			fprintf(out, "%s%s", lead, trace_point_symbol(call->point));
			lead = ", ";
		}
	}
	return close_text(out, &text);
}

char *trace_returns_text(const struct trace_return *returns, size_t n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < n;) {
		size_t same = i + 1;

		while (same < n && returns[same].point == returns[i].point &&
		       returns[same].value == returns[i].value)
			same++;
		fprintf(out, "%s%s ", i > 0 ? "; " : "", trace_point_symbol(returns[i].point));
		print_answer(out, &returns[i]);
		if (same - i > 1)
			fprintf(out, " (%zu times)", same - i);
		i = same;
	}
	return close_text(out, &text);
}
