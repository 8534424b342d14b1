/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BASE_ERRNO_NAME_H
#define BASE_ERRNO_NAME_H

/*
 * Returns the symbolic name ("EINVAL") of the positive errno @err, or NULL where the C
 * library knows none. The string is static.
 */
const char *errno_name(int err);

/*
 * Returns the positive errno that @name ("EINVAL") stands for, 0 where there is none.
 * Aliases (EWOULDBLOCK, ENOTSUP) are known by their Linux number.
 */
int errno_from_name(const char *name);

/*
 * Returns the positive errno whose C-locale message ends @text ("...: Operation not
 * permitted"), 0 where none does. For tools that print strerror() and keep the number.
 */
int errno_from_message(const char *text);

#endif
