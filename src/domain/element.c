/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "domain/element.h"
#include "domain/xml_library.h"

/* How much of a wrong value a message repeats. */
#define SHOWN 40

void domain_problem(struct domain_reader *reader, const xmlNode *node, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list arguments;
	int length;
	long line;

	if (reader->failed)
		return;
	reader->failed = true;
	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		text = NULL;
	line = node ? xml_loaded()->line_number(node) : 1;
	if (length < 0 || asprintf(&reader->problem, "%ld: %s", line > 0 ? line : 1, text) < 0)
		reader->problem = NULL;
}

static const xmlChar *as_xml(const char *text)
{
	return (const xmlChar *)text;
}

/* The elements of libvirt's own grammar have no namespace; <qemu:commandline> has one. */
static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !node->ns &&
	       strcmp((const char *)node->name, name) == 0;
}

static xmlNode *find_from(xmlNode *node, const char *name)
{
	while (node && !is_element(node, name))
		node = node->next;
	return node;
}

xmlNode *element_child(const xmlNode *parent, const char *name)
{
	return parent ? find_from(parent->children, name) : NULL;
}

xmlNode *element_next(const xmlNode *node)
{
	return find_from(node->next, (const char *)node->name);
}

static void release(xmlChar *text)
{
	if (text)
		(*xml_loaded()->free)(text);
}

/* A copy from libxml2's allocator to ours. */
static char *take(struct domain_reader *reader, xmlChar *text)
{
	char *copy = text ? strdup((const char *)text) : NULL;

	if (text && !copy)
		reader->out_of_memory = true;
	release(text);
	return copy;
}

char *element_attribute(struct domain_reader *reader, const xmlNode *node, const char *name)
{
	return node ? take(reader, xml_loaded()->attribute(node, as_xml(name))) : NULL;
}

bool element_has(const xmlNode *node, const char *name, const char *value)
{
	xmlChar *found = node ? xml_loaded()->attribute(node, as_xml(name)) : NULL;
	bool same = found && strcmp((const char *)found, value) == 0;

	release(found);
	return same;
}

char *element_text(struct domain_reader *reader, const xmlNode *node)
{
	char *text, *start;
	size_t length;

	if (!node)
		return NULL;
	text = take(reader, xml_loaded()->content(node));
	if (!text)
		return NULL;
	start = text + strspn(text, " \t\r\n");
	length = strlen(start);
	while (length > 0 && strchr(" \t\r\n", start[length - 1]))
		length--;
	memmove(text, start, length);
	text[length] = '\0';
	return text;
}

enum truth element_switch(struct domain_reader *reader, const xmlNode *node, const char *name)
{
	AUTO_FREE char *word = element_attribute(reader, node, name);

	if (!word)
		return TRUTH_UNKNOWN;
	if (strcmp(word, "on") == 0 || strcmp(word, "yes") == 0)
		return TRUTH_YES;
	if (strcmp(word, "off") == 0 || strcmp(word, "no") == 0)
		return TRUTH_NO;
	domain_problem(reader, node, "%s='%.*s' is neither 'on' nor 'off'", name, SHOWN, word);
	return TRUTH_UNKNOWN;
}

/* Takes all of @text as an unsigned number to @base. */
static bool parse_number(const char *text, int base, uint64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, base);
	return errno == 0 && *end == '\0';
}

struct fact_number element_number(struct domain_reader *reader, const xmlNode *node,
				  const char *name)
{
	AUTO_FREE char *text = element_attribute(reader, node, name);
	struct fact_number fact = {FACT_ABSENT, 0};

	if (!text)
		return fact;
	if (parse_number(text, 0, &fact.number))
		fact.state = FACT_KNOWN;
	else
		domain_problem(reader, node, "%s='%.*s' is no number", name, SHOWN, text);
	return fact;
}

/* The factor that @unit stands for; 0 where it stands for none. */
static uint64_t unit_factor(const char *unit)
{
	static const char letters[] = "kmgtpe";
	const char *letter;
	uint64_t base, factor = 1;

	if (strcasecmp(unit, "b") == 0 || strcasecmp(unit, "byte") == 0 ||
	    strcasecmp(unit, "bytes") == 0)
		return 1;
	letter = unit[0] ? strchr(letters, tolower((unsigned char)unit[0])) : NULL;
	if (!letter)
		return 0;
	if (unit[1] == '\0' || strcasecmp(unit + 1, "ib") == 0)
		base = 1024;
	else if (strcasecmp(unit + 1, "b") == 0)
		base = 1000;
	else
		return 0;
	for (const char *at = letters; at <= letter; at++)
		factor *= base;
	return factor;
}

/* @text, NULL where there is none, in the unit that @node names. */
static struct fact_number scale(struct domain_reader *reader, const xmlNode *node, const char *name,
				const char *text)
{
	AUTO_FREE char *unit = element_attribute(reader, node, "unit");
	struct fact_number fact = {FACT_ABSENT, 0};
	uint64_t factor = unit ? unit_factor(unit) : 1024;

	if (!text)
		return fact;
	if (!parse_number(text, 10, &fact.number))
		domain_problem(reader, node, "%s is '%.*s', no size", name, SHOWN, text);
	else if (factor == 0)
		domain_problem(reader, node, "%s has the unknown unit '%.*s'", name, SHOWN, unit);
	else if (__builtin_mul_overflow(fact.number, factor, &fact.number))
		domain_problem(reader, node, "%s is beyond 2^64 bytes", name);
	else
		fact.state = FACT_KNOWN;
	return fact;
}

struct fact_number element_size(struct domain_reader *reader, const xmlNode *node)
{
	AUTO_FREE char *text = element_text(reader, node);

	return scale(reader, node, node ? (const char *)node->name : "", text);
}

struct fact_number element_attribute_size(struct domain_reader *reader, const xmlNode *node,
					  const char *name)
{
	AUTO_FREE char *text = element_attribute(reader, node, name);

	return scale(reader, node, name, text);
}

/* A part of an address, at most @most; the domain alone may be left out. */
static bool address_part(struct domain_reader *reader, const xmlNode *node, const char *name,
			 uint64_t most, uint64_t *ret)
{
	struct fact_number fact = element_number(reader, node, name);

	*ret = fact.number;
	if (fact.state == FACT_KNOWN && fact.number <= most)
		return true;
	if (fact.state == FACT_KNOWN)
		domain_problem(reader, node, "%s of the address is beyond 0x%llx", name,
			       (unsigned long long)most);
	else if (!reader->failed && strcmp(name, "domain") == 0)
		return true;
	else
		domain_problem(reader, node, "the address has no %s", name);
	return false;
}

bool element_pci_address(struct domain_reader *reader, const xmlNode *source,
			 struct pci_address *ret)
{
	const xmlNode *node = element_child(source, "address");
	uint64_t domain, bus, slot, function;

	if (!node) {
		domain_problem(reader, source, "<%s> has no <address>", source->name);
		return false;
	}
	if (!address_part(reader, node, "domain", UINT32_MAX, &domain) ||
	    !address_part(reader, node, "bus", 0xff, &bus) ||
	    !address_part(reader, node, "slot", 0x1f, &slot) ||
	    !address_part(reader, node, "function", 7, &function))
		return false;
	*ret = (struct pci_address){(uint32_t)domain, (uint8_t)bus, (uint8_t)slot,
				    (uint8_t)function};
	return true;
}
