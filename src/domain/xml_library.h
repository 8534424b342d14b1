/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DOMAIN_XML_LIBRARY_H
#define DOMAIN_XML_LIBRARY_H

#include <libxml/parser.h>
#include <libxml/tree.h>

/*
 * libxml2, loaded when the first domain is read. Linking it would load ICU and libstdc++ with it,
 * 37 MB that every run of the program would have to map: 3 ms before `list` does anything. Private
 * to domain/.
 */
struct xml_library {
	typeof(&xmlNewParserCtxt) new_parser;
	typeof(&xmlFreeParserCtxt) free_parser;
	typeof(&xmlCtxtReadMemory) read_memory;
	typeof(&xmlCtxtGetLastError) last_error;
	typeof(&xmlFreeDoc) free_document;
	typeof(&xmlDocGetRootElement) root_element;
	typeof(&xmlGetLineNo) line_number;
	typeof(&xmlGetProp) attribute;
	typeof(&xmlNodeGetContent) content;
	typeof(&xmlFree) free; /* libxml2's own pointer to it */
};

/* The library, or NULL where it cannot be loaded; *ret_problem then says why (dlerror()). */
const struct xml_library *xml_library(const char **ret_problem);

/* The same, once it has been loaded. */
const struct xml_library *xml_loaded(void);

#endif
