/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/evidence.h"

static const struct {
	const char *id;
	const char *question;
} questions[EVIDENCE_COUNT] = {
#define EVIDENCE(constant, text, asked) [EVIDENCE_##constant] = {text, asked},
#include "model/evidence.def"
#undef EVIDENCE
};

const char *evidence_id(enum evidence evidence)
{
	return evidence < EVIDENCE_COUNT ? questions[evidence].id : NULL;
}

const char *evidence_question(enum evidence evidence)
{
	return evidence < EVIDENCE_COUNT ? questions[evidence].question : NULL;
}

enum evidence evidence_from_id(const char *id)
{
	for (int i = 0; i < EVIDENCE_COUNT; i++)
		if (strcmp(questions[i].id, id) == 0)
			return (enum evidence)i;
	return EVIDENCE_NONE;
}

const char *evidence_source_name(enum evidence_source source)
{
	switch (source) {
	case SOURCE_SYSFS:
		return "sysfs";
	case SOURCE_PROCFS:
		return "procfs";
	case SOURCE_ACPI:
		return "acpi";
	case SOURCE_JOURNAL:
		return "journal";
	case SOURCE_IOCTL:
		return "ioctl";
	case SOURCE_TRACE:
		return "trace";
	case SOURCE_NETLINK:
		return "netlink";
	case SOURCE_UDEV:
		return "udev";
	case SOURCE_XML:
		return "xml";
	}
	return NULL;
}

static void append(struct evidence_set *set, enum evidence id, enum evidence_source source,
		   const char *where, const char *value)
{
	struct observation *grown =
		reallocarray(set->observations, set->n_observations + 1, sizeof(*grown));
	struct observation *slot;

	if (!grown) {
		set->out_of_memory = true;
		return;
	}
	set->observations = grown;
	slot = &grown[set->n_observations];
	*slot = (struct observation){id, source, strdup(where), value ? strdup(value) : NULL};
	if (!slot->where || (value && !slot->value)) {
		free(slot->where);
		free(slot->value);
		set->out_of_memory = true;
		return;
	}
	set->n_observations++;
}

void evidence_set_add(struct evidence_set *set, enum evidence id, enum truth truth,
		      enum evidence_source source, const char *where, const char *value)
{
	if (id < EVIDENCE_COUNT)
		set->truth[id] = truth;
	append(set, id, source, where, value);
}

void evidence_set_addf(struct evidence_set *set, enum evidence id, enum truth truth,
		       enum evidence_source source, const char *where, const char *format, ...)
{
	AUTO_FREE char *value = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&value, format, arguments);
	va_end(arguments);
	if (length < 0) {
		value = NULL;
		set->out_of_memory = true;
	}
	evidence_set_add(set, id, truth, source, where, value);
}

void evidence_set_merge(struct evidence_set *to, const struct evidence_set *from)
{
	for (int i = 0; i < EVIDENCE_COUNT; i++)
		if (from->truth[i] != TRUTH_UNKNOWN)
			to->truth[i] = from->truth[i];
	for (size_t i = 0; i < from->n_observations; i++)
		append(to, from->observations[i].id, from->observations[i].source,
		       from->observations[i].where, from->observations[i].value);
	if (from->out_of_memory)
		to->out_of_memory = true;
}

const struct observation *evidence_set_find(const struct evidence_set *set, enum evidence id)
{
	for (size_t i = set->n_observations; i > 0; i--)
		if (set->observations[i - 1].id == id)
			return &set->observations[i - 1];
	return NULL;
}

void evidence_set_release(struct evidence_set *set)
{
	for (size_t i = 0; i < set->n_observations; i++) {
		free(set->observations[i].where);
		free(set->observations[i].value);
	}
	free(set->observations);
	*set = (struct evidence_set){0};
}
