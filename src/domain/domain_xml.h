/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DOMAIN_DOMAIN_XML_H
#define DOMAIN_DOMAIN_XML_H

#include <stddef.h>

#include "model/guest_domain.h"

/* libvirt writes some kilobytes; a definition beyond this is none. */
#define DOMAIN_XML_MOST (4u << 20)

/*
 * Reads a domain definition of libvirt (formatdomain.html), or the status file of a running domain,
 * from @size bytes at @text. Nothing outside of these bytes is read: no network, no external
 * entity, and a document type is refused. Returns 0 and *ret, which the caller releases;
 * -EINVAL with *ret_problem, a new string that begins with the line ("12: ..."), or NULL without
 * memory for it; -ELIBACC where libxml2 cannot be loaded, *ret_problem says why; -ENOMEM.
 */
int domain_xml_parse(const char *text, size_t size, struct guest_domain *ret, char **ret_problem);

#endif
