/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RULES_TEXT_ERRNO_H
#define RULES_TEXT_ERRNO_H

struct text_errnos;

/* Makes a finder of errnos in folded texts. Returns 0, -ENOMEM or -E2BIG. */
int text_errnos_new(struct text_errnos **ret);
/* NULL is nothing to free. */
void text_errnos_free(struct text_errnos *errnos);

/*
 * The first errno that the folded @text names from @start on, else the first that it names
 * at all: by name ("-einval"), by its message ("operation not permitted"), or by number
 * ("error -22", "(os error 22)", "= -22 "). 0 where it names none.
 */
int text_errnos_find(const struct text_errnos *errnos, const char *text, const char *start);

#endif
