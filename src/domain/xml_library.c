/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

#include <libxml/xmlversion.h>

#include "base/cleanup.h"
#include "domain/xml_library.h"

/* The binary interface that the headers belong to. */
#if LIBXML_VERSION >= 21400
#define LIBRARY "libxml2.so.16"
#else
#define LIBRARY "libxml2.so.2"
#endif

static struct xml_library library;
static bool loaded;

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	{"xmlNewParserCtxt", offsetof(struct xml_library, new_parser)},
	{"xmlFreeParserCtxt", offsetof(struct xml_library, free_parser)},
	{"xmlCtxtReadMemory", offsetof(struct xml_library, read_memory)},
	{"xmlCtxtGetLastError", offsetof(struct xml_library, last_error)},
	{"xmlFreeDoc", offsetof(struct xml_library, free_document)},
	{"xmlDocGetRootElement", offsetof(struct xml_library, root_element)},
	{"xmlGetLineNo", offsetof(struct xml_library, line_number)},
	{"xmlGetProp", offsetof(struct xml_library, attribute)},
	{"xmlNodeGetContent", offsetof(struct xml_library, content)},
	{"xmlFree", offsetof(struct xml_library, free)},
};

const struct xml_library *xml_library(const char **ret_problem)
{
	void *handle;

	if (loaded)
		return &library;
	handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; handle && i < ARRAY_LENGTH(symbols); i++) {
		void *symbol = dlsym(handle, symbols[i].name);

		if (!symbol) {
			*ret_problem = dlerror();
			dlclose(handle);
			return NULL;
		}
		*(void **)((char *)&library + symbols[i].offset) = symbol;
	}
	if (!handle) {
		*ret_problem = dlerror();
		return NULL;
	}
	loaded = true;
	return &library;
}

const struct xml_library *xml_loaded(void)
{
	return &library;
}
