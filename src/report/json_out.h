/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_JSON_OUT_H
#define REPORT_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json_object.h>

#include "base/pci_address.h"
#include "model/evidence.h"
#include "model/truth.h"

/* The version of every document of ours; the contract raises it, nobody else. */
#define JSON_FORMAT 1

enum json_form {
	JSON_SHORT, /* one line */
	JSON_PRETTY,
};

/*
 * A document under construction. json-c says "no memory" with NULL, which is also how it
 * stores null; so every helper notes in @out_of_memory that something is missing.
 */
struct json_out {
	struct json_object *root;
	bool out_of_memory;
};

/* Starts a document: an object with "format". */
void json_out_begin(struct json_out *out);

/* Writes the document and a newline to @file and frees it. Returns 0 or -ENOMEM. */
int json_out_end(struct json_out *out, FILE *file, enum json_form form);

/* A new object or array at @key of @parent, or at the end of the array @parent (key
 * NULL). */
struct json_object *json_add_object(struct json_out *out, struct json_object *parent,
				    const char *key);
struct json_object *json_add_array(struct json_out *out, struct json_object *parent,
				   const char *key);

/* A value at @key of @parent, or at the end of the array @parent (key NULL). NULL is
 * null. */
void json_add_text(struct json_out *out, struct json_object *parent, const char *key,
		   const char *text);
void json_add_number(struct json_out *out, struct json_object *parent, const char *key,
		     int64_t number);
void json_add_bool(struct json_out *out, struct json_object *parent, const char *key, bool value);
void json_add_null(struct json_out *out, struct json_object *parent, const char *key);

/* Facts: null unless known; an id as @digits hexadecimal digits; an address in full. */
void json_add_fact_text(struct json_out *out, struct json_object *parent, const char *key,
			const struct fact_text *fact);
void json_add_fact_number(struct json_out *out, struct json_object *parent, const char *key,
			  const struct fact_number *fact);
void json_add_fact_hex(struct json_out *out, struct json_object *parent, const char *key,
		       const struct fact_number *fact, int digits);
void json_add_truth(struct json_out *out, struct json_object *parent, const char *key,
		    enum truth truth);
void json_add_address(struct json_out *out, struct json_object *parent, const char *key,
		      const struct pci_address *address);

/* The errno's name; null for 0. */
void json_add_errno(struct json_out *out, struct json_object *parent, const char *key, int err);

/* An array of what was seen: source, where, value. */
void json_add_evidence(struct json_out *out, struct json_object *parent, const char *key,
		       const struct evidence_set *evidence);

/* An array of @n strings. */
void json_add_texts(struct json_out *out, struct json_object *parent, const char *key,
		    char *const *texts, size_t n);

#endif
