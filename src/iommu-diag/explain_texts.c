/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommu-diag/explain.h"
#include "report/text_out.h"
#include "rules/rules.h"

/* What the host showed for the evidence @name. */
static bool print_joined(FILE *out, const char *name, size_t length, const struct finding *finding)
{
	for (size_t i = 0; i < finding->joined.n_observations; i++) {
		const struct observation *seen = &finding->joined.observations[i];
		const char *id = seen->id < EVIDENCE_COUNT ? evidence_id(seen->id) : NULL;

		if (!id || !seen->value || strlen(id) != length || strncmp(id, name, length) != 0)
			continue;
		fputs(seen->value, out);
		return true;
	}
	return false;
}

/*
 * Prints what stands for the placeholder @name of @length bytes, without its "@"s.
 * @in_path: it is part of a file's name, where a paraphrase would read badly.
 */
static void print_name(FILE *out, const char *name, size_t length, bool in_path,
		       const struct finding *finding)
{
	char address[PCI_ADDRESS_SIZE], number[ERRNO_WORD_SIZE];

#define IS(word) (length == strlen(word) && strncmp(name, word, length) == 0)
	if (IS("DEVICE") && finding->has_device)
		fputs(pci_address_format(&finding->device, address), out);
	else if (IS("DEVICE"))
		fputs(in_path ? "DEVICE" : "the device", out);
	else if (IS("GROUP") && finding->group >= 0)
		fprintf(out, "%d", finding->group);
	else if (IS("GROUP"))
		fputs("N", out);
	else if (IS("STEP"))
		fputs(finding->step != STEP_NONE ? step_name(finding->step) : "the step", out);
	else if (IS("ERRNO"))
		fputs(finding->err ? errno_word(finding->err, number) : "an errno", out);
	else if (IS("DRIVER"))
		fputs("its driver", out);
	else if (IS("IOMMU"))
		fputs("the IOMMU", out);
	else if (print_joined(out, name, length, finding))
		return;
	else if (IS("host-driver-in-group"))
		fputs("another device", out);
	else if (IS("vfio-holder"))
		fputs("another process", out);
	else if (IS("bound-elsewhere") || IS("override-elsewhere"))
		fputs("another driver", out);
	else
		fputs("(what was seen)", out);
#undef IS
}

/* Returns a new string with every @NAME@ and @evidence-id@ replaced, or NULL. */
static char *fill(const char *text, const struct finding *finding)
{
	const char *start = text;
	char *filled = NULL;
	size_t size;
	FILE *out = open_memstream(&filled, &size);

	if (!out)
		return NULL;
	while (*text != '\0') {
		size_t length = *text == '@' ? strcspn(text + 1, "@ \n") : 0;

		if (length > 0 && text[1 + length] == '@') {
			print_name(out, text + 1, length, text > start && text[-1] == '/', finding);
			text += length + 2;
		} else {
			fputc(*text++, out);
		}
	}
	if (fclose(out) != 0) {
		free(filled);
		return NULL;
	}
	return filled;
}

int explain_fill_texts(struct finding *finding, const char *summary, const char *explain,
		       const char *const *fixes)
{
	const struct verdict_text *text = rules_verdict_text(finding->verdict);

	finding->summary = fill(summary ? summary : text->summary, finding);
	finding->explanation = fill(explain ? explain : text->explain, finding);
	if (!finding->summary || !finding->explanation)
		return -ENOMEM;
	for (const char *const *fix = fixes ? fixes : text->fixes; fix && *fix; fix++) {
		char *filled = fill(*fix, finding);
		int r = filled ? finding_add_fix(finding, filled) : -ENOMEM;

		free(filled);
		if (r < 0)
			return r;
	}
	return 0;
}

int explain_fill_all(struct finding_list *list)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n_findings; i++)
		if (!list->findings[i].summary)
			r = explain_fill_texts(&list->findings[i], NULL, NULL, NULL);
	return r;
}

int explain_unknown(struct finding_list *list)
{
	struct finding *finding = finding_list_add(list, VERDICT_UNKNOWN, CONFIDENCE_CERTAIN);

	return finding ? explain_fill_texts(finding, NULL, NULL, NULL) : -ENOMEM;
}
