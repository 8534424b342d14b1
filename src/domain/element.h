/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DOMAIN_ELEMENT_H
#define DOMAIN_ELEMENT_H

/* Elements and values of a domain definition: private to domain/. */

#include <stdbool.h>
#include <stdint.h>

#include <libxml/tree.h>

#include "base/pci_address.h"
#include "model/truth.h"

/* What the parts of a definition are read with; the first problem is kept. */
struct domain_reader {
	char *problem;
	bool failed; /* there is a problem, told or (without memory) not */
	bool out_of_memory;
};

/* The first child of @parent (NULL: none) called @name, or NULL. */
xmlNode *element_child(const xmlNode *parent, const char *name);

/* The next element behind @node with its name, or NULL. */
xmlNode *element_next(const xmlNode *node);

/* Whether @node is there and its attribute @name is @value. */
bool element_has(const xmlNode *node, const char *name, const char *value);

/* The attribute as a new string; NULL where @node or the attribute is missing. */
char *element_attribute(struct domain_reader *reader, const xmlNode *node, const char *name);

/* The text of the element as a new string without blanks around; NULL where it is missing. */
char *element_text(struct domain_reader *reader, const xmlNode *node);

/* on and off, yes and no; UNKNOWN where it is not given. Other words are a problem. */
enum truth element_switch(struct domain_reader *reader, const xmlNode *node, const char *name);

/* An unsigned number in C's notation; ABSENT where it is not given. */
struct fact_number element_number(struct domain_reader *reader, const xmlNode *node,
				  const char *name);

/*
 * A size as bytes, which the attribute "unit" scales as libvirt's virScaleInteger() does; without
 * one it is KiB. ABSENT where @node is NULL.
 */
struct fact_number element_size(struct domain_reader *reader, const xmlNode *node);

/* The same for a size that stands in the attribute @name. */
struct fact_number element_attribute_size(struct domain_reader *reader, const xmlNode *node,
					  const char *name);

/* The PCI address in the child <address> of @source. Returns whether there is a good one. */
bool element_pci_address(struct domain_reader *reader, const xmlNode *source,
			 struct pci_address *ret);

/* Notes "LINE: what @format prints", unless something was noted before. */
void domain_problem(struct domain_reader *reader, const xmlNode *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
