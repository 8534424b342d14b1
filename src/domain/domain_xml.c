/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "domain/devices.h"
#include "domain/domain_xml.h"
#include "domain/element.h"
#include "domain/xml_library.h"

/* libvirt's "no limit", VIR_DOMAIN_MEMORY_PARAM_UNLIMITED, is what fits into its KiB. */
#define UNLIMITED_KIB ((uint64_t)LLONG_MAX >> 10)

/* Takes @node's size over where there is one. */
static void take_size(struct domain_reader *reader, const xmlNode *node, struct fact_number *fact)
{
	struct fact_number size = element_size(reader, node);

	if (size.state == FACT_KNOWN)
		*fact = size;
}

/* The memory of NUMA cells, which libvirt takes where <memory> says nothing. */
static uint64_t read_cells(struct domain_reader *reader, const xmlNode *cpu)
{
	const xmlNode *cell = element_child(element_child(cpu, "numa"), "cell");
	uint64_t sum = 0;

	for (; cell; cell = element_next(cell))
		if (__builtin_add_overflow(
			    sum, element_attribute_size(reader, cell, "memory").number, &sum))
			domain_problem(reader, cell,
				       "the memory of the cells is beyond 2^64 bytes");
	return sum;
}

/* The sizes as virDomainDefPostParseMemory() settles them. */
static void read_memory(struct domain_reader *reader, const xmlNode *root,
			struct guest_domain *guest)
{
	const xmlNode *most = element_child(root, "maxMemory");

	take_size(reader, element_child(root, "memory"), &guest->memory);
	if (guest->memory.state != FACT_KNOWN || guest->memory.number == 0) {
		uint64_t cells = read_cells(reader, element_child(root, "cpu"));

		if (cells > 0)
			guest->memory = (struct fact_number){FACT_KNOWN, cells};
		if (__builtin_add_overflow(cells, guest->memory_devices, &guest->memory.number))
			domain_problem(reader, root, "the memory is beyond 2^64 bytes");
	}
	if (guest->memory.state == FACT_KNOWN && guest->memory_devices > guest->memory.number)
		domain_problem(reader, element_child(root, "memory"),
			       "the memory devices are larger than all of the memory");
	else if (guest->memory.state == FACT_KNOWN)
		guest->memory_initial = (struct fact_number){
			FACT_KNOWN, guest->memory.number - guest->memory_devices};
	guest->memory_maximum = element_size(reader, most);
	guest->memory_slots = element_number(reader, most, "slots").number;
}

static void read_limits(struct domain_reader *reader, const xmlNode *root,
			struct guest_domain *guest)
{
	const xmlNode *tune = element_child(root, "memtune");
	const xmlNode *backing = element_child(root, "memoryBacking");
	const xmlNode *pages = element_child(backing, "hugepages");
	struct fact_number limit = element_size(reader, element_child(tune, "hard_limit"));

	if (limit.state == FACT_KNOWN && limit.number / 1024 >= UNLIMITED_KIB)
		limit = (struct fact_number){FACT_ABSENT, 0};
	guest->hard_limit = limit;
	guest->locked = element_child(backing, "locked") != NULL;
	guest->hugepages = pages != NULL;
	guest->hugepage_size = (struct fact_number){FACT_ABSENT, 0};
	for (pages = element_child(pages, "page"); pages; pages = element_next(pages)) {
		/* Pages of several sizes stay unknown: how much there is of each is not told. */
		if (guest->hugepage_size.state == FACT_ABSENT)
			guest->hugepage_size = element_attribute_size(reader, pages, "size");
		else
			guest->hugepage_size.state = FACT_UNKNOWN;
	}
}

static void read_system(struct domain_reader *reader, const xmlNode *root,
			struct guest_domain *guest)
{
	const xmlNode *system = element_child(root, "os");
	const xmlNode *type = element_child(system, "type");
	const xmlNode *io_apic = element_child(element_child(root, "features"), "ioapic");

	guest->type = element_attribute(reader, root, "type");
	guest->architecture = element_attribute(reader, type, "arch");
	guest->machine = element_attribute(reader, type, "machine");
	guest->uefi = element_has(system, "firmware", "efi") ||
		      element_has(element_child(system, "loader"), "type", "pflash");
	if (io_apic)
		guest->split_ioapic = truth_of(element_has(io_apic, "driver", "qemu"));
}

static void read_cpu(struct domain_reader *reader, const xmlNode *root, struct guest_domain *guest)
{
	const xmlNode *cpu = element_child(root, "cpu");
	const xmlNode *address = element_child(cpu, "maxphysaddr");

	guest->cpu.passthrough =
		element_has(cpu, "mode", "host-passthrough") || element_has(cpu, "mode", "maximum");
	guest->cpu.address_bits = element_number(reader, address, "bits");
	if (guest->cpu.address_bits.state != FACT_KNOWN)
		guest->cpu.address_bits = element_number(reader, address, "limit");
}

static void read_domain(struct domain_reader *reader, const xmlNode *root,
			struct guest_domain *guest)
{
	guest->name = element_text(reader, element_child(root, "name"));
	guest->uuid = element_text(reader, element_child(root, "uuid"));
	read_system(reader, root, guest);
	read_cpu(reader, root, guest);
	domain_read_devices(reader, element_child(root, "devices"), guest);
	read_memory(reader, root, guest);
	read_limits(reader, root, guest);
}

/* What libxml2 has against the document. */
static void note_syntax_error(struct domain_reader *reader, xmlParserCtxt *parser)
{
	const xmlError *error = xml_loaded()->last_error(parser);
	const char *text = error && error->message ? error->message : "it is no XML document";

	reader->failed = true;
	if (error && error->code == XML_ERR_NO_MEMORY)
		reader->out_of_memory = true;
	if (asprintf(&reader->problem, "%d: %.*s", error && error->line > 0 ? error->line : 1,
		     (int)strcspn(text, "\n"), text) < 0)
		reader->problem = NULL;
}

static bool is_called(const xmlNode *node, const char *name)
{
	return strcmp((const char *)node->name, name) == 0;
}

/* The element <domain>, in the status of a running one too. */
static const xmlNode *find_domain(struct domain_reader *reader, xmlDoc *document)
{
	const xmlNode *root = xml_loaded()->root_element(document);

	if (document->intSubset) {
		domain_problem(reader, (const xmlNode *)document->intSubset,
			       "a document type, which no domain definition has");
		return NULL;
	}
	if (root && is_called(root, "domstatus"))
		root = element_child(root, "domain");
	if (!root || !is_called(root, "domain")) {
		domain_problem(reader, root,
			       "the root element is not <domain>; expected what virsh dumpxml "
			       "prints");
		return NULL;
	}
	return root;
}

static void parse(struct domain_reader *reader, const struct xml_library *xml, const char *text,
		  size_t size, struct guest_domain *guest)
{
	/* Neither NOENT nor DTDLOAD: an entity is never replaced and nothing is ever loaded. */
	const int flags = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
			  XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES;
	xmlParserCtxt *parser = xml->new_parser();
	const xmlNode *root;
	xmlDoc *document;

	if (!parser) {
		reader->failed = reader->out_of_memory = true;
		return;
	}
	document = xml->read_memory(parser, text, (int)size, NULL, NULL, flags);
	if (!document)
		note_syntax_error(reader, parser);
	root = document ? find_domain(reader, document) : NULL;
	if (root)
		read_domain(reader, root, guest);
	if (document)
		xml->free_document(document);
	xml->free_parser(parser);
}

int domain_xml_parse(const char *text, size_t size, struct guest_domain *ret, char **ret_problem)
{
	struct domain_reader reader = {0};
	struct guest_domain guest = {0};
	const struct xml_library *xml;
	const char *why = NULL;

	*ret_problem = NULL;
	xml = xml_library(&why);
	if (!xml) {
		*ret_problem = why ? strdup(why) : NULL;
		return -ELIBACC;
	}
	if (size > DOMAIN_XML_MOST)
		domain_problem(&reader, NULL, "more than %u MiB, which no domain definition has",
			       DOMAIN_XML_MOST >> 20);
	else
		parse(&reader, xml, text, size, &guest);
	if (!reader.failed && !reader.out_of_memory) {
		*ret = guest;
		return 0;
	}
	guest_domain_release(&guest);
	if (reader.out_of_memory) {
		free(reader.problem);
		return -ENOMEM;
	}
	*ret_problem = reader.problem;
	return -EINVAL;
}
