/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/cleanup.h"
#include "report/json_out.h"
#include "report/safe_text.h"
#include "report/text_out.h"

/* Hands @value over to @parent; a @value of NULL is stored as null. */
static void attach(struct json_out *out, struct json_object *parent, const char *key,
		   struct json_object *value)
{
	int r;

	if (!parent) {
		json_object_put(value);
		out->out_of_memory = true;
		return;
	}
	if (key)
		r = json_object_object_add(parent, key, value);
	else
		r = json_object_array_add(parent, value);
	if (r < 0) {
		json_object_put(value);
		out->out_of_memory = true;
	}
}

static struct json_object *attach_new(struct json_out *out, struct json_object *parent,
				      const char *key, struct json_object *value)
{
	if (!value) {
		out->out_of_memory = true;
		return NULL;
	}
	attach(out, parent, key, value);
	return value;
}

void json_out_begin(struct json_out *out)
{
	*out = (struct json_out){json_object_new_object(), false};
	json_add_number(out, out->root, "format", JSON_FORMAT);
}

int json_out_end(struct json_out *out, FILE *file, enum json_form form)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text = NULL;

	flags |= form == JSON_PRETTY ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
				     : JSON_C_TO_STRING_PLAIN;
	if (!out->out_of_memory)
		text = json_object_to_json_string_ext(out->root, flags);
	if (text) {
		fputs(text, file);
		fputc('\n', file);
	}
	json_object_put(out->root);
	out->root = NULL;
	return text ? 0 : -ENOMEM;
}

struct json_object *json_add_object(struct json_out *out, struct json_object *parent,
				    const char *key)
{
	return attach_new(out, parent, key, json_object_new_object());
}

struct json_object *json_add_array(struct json_out *out, struct json_object *parent,
				   const char *key)
{
	return attach_new(out, parent, key, json_object_new_array());
}

void json_add_text(struct json_out *out, struct json_object *parent, const char *key,
		   const char *text)
{
	AUTO_FREE char *valid = NULL;

	if (!text) {
		attach(out, parent, key, NULL);
		return;
	}
	valid = safe_text_to_utf8(text);
	attach_new(out, parent, key, valid ? json_object_new_string(valid) : NULL);
}

void json_add_number(struct json_out *out, struct json_object *parent, const char *key,
		     int64_t number)
{
	attach_new(out, parent, key, json_object_new_int64(number));
}

void json_add_bool(struct json_out *out, struct json_object *parent, const char *key, bool value)
{
	attach_new(out, parent, key, json_object_new_boolean(value));
}

void json_add_null(struct json_out *out, struct json_object *parent, const char *key)
{
	attach(out, parent, key, NULL);
}

void json_add_fact_text(struct json_out *out, struct json_object *parent, const char *key,
			const struct fact_text *fact)
{
	json_add_text(out, parent, key, fact->state == FACT_KNOWN ? fact->text : NULL);
}

void json_add_fact_number(struct json_out *out, struct json_object *parent, const char *key,
			  const struct fact_number *fact)
{
	if (fact->state == FACT_KNOWN)
		json_add_number(out, parent, key, (int64_t)fact->number);
	else
		json_add_null(out, parent, key);
}

void json_add_fact_hex(struct json_out *out, struct json_object *parent, const char *key,
		       const struct fact_number *fact, int digits)
{
	char text[20];

	snprintf(text, sizeof(text), "%0*llx", digits, (unsigned long long)fact->number);
	json_add_text(out, parent, key, fact->state == FACT_KNOWN ? text : NULL);
}

void json_add_truth(struct json_out *out, struct json_object *parent, const char *key,
		    enum truth truth)
{
	if (truth == TRUTH_UNKNOWN)
		json_add_null(out, parent, key);
	else
		json_add_bool(out, parent, key, truth == TRUTH_YES);
}

void json_add_address(struct json_out *out, struct json_object *parent, const char *key,
		      const struct pci_address *address)
{
	char text[PCI_ADDRESS_SIZE];

	json_add_text(out, parent, key, pci_address_format(address, text));
}

void json_add_errno(struct json_out *out, struct json_object *parent, const char *key, int err)
{
	char number[ERRNO_WORD_SIZE];

	json_add_text(out, parent, key, err ? errno_word(err, number) : NULL);
}

void json_add_texts(struct json_out *out, struct json_object *parent, const char *key,
		    char *const *texts, size_t n)
{
	struct json_object *array = json_add_array(out, parent, key);

	for (size_t i = 0; i < n; i++)
		json_add_text(out, array, NULL, texts[i]);
}

void json_add_evidence(struct json_out *out, struct json_object *parent, const char *key,
		       const struct evidence_set *evidence)
{
	struct json_object *array = json_add_array(out, parent, key);

	for (size_t i = 0; i < evidence->n_observations; i++) {
		const struct observation *seen = &evidence->observations[i];
		struct json_object *object = json_add_object(out, array, NULL);

		json_add_text(out, object, "source", evidence_source_name(seen->source));
		json_add_text(out, object, "where", seen->where);
		json_add_text(out, object, "value", seen->value);
	}
}
