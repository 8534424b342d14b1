/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/root_file.h"
#include "host/surroundings.h"

#define DMI "/sys/class/dmi/id"
#define TEXT_LIMIT (1 << 20)

static int read_container(const struct host_root *root, struct fact_text *fact)
{
	static const struct {
		const char *path, *name;
	} marks[] = {
		{"/run/.containerenv", "podman"},
		{"/.dockerenv", "docker"},
	};
	int r = fact_text_read(fact, root, "/run/systemd/container");

	for (size_t i = 0; r == 0 && fact->state == FACT_ABSENT && i < ARRAY_LENGTH(marks); i++)
		if (host_root_exists(root, "%s", marks[i].path) == 1)
			r = fact_text_set(fact, marks[i].name);
	return r;
}

/* The flags of the first processor. */
static int read_guest(const struct host_root *root, enum truth *ret)
{
	AUTO_FREE char *text = NULL;
	char *cursor, *line, *word;
	int r = host_root_read_all(root, "/proc/cpuinfo", TEXT_LIMIT, &text, NULL);

	*ret = TRUTH_UNKNOWN;
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	while ((line = host_next_line(&cursor))) {
		if (strncmp(line, "flags", strlen("flags")) != 0)
			continue;
		*ret = TRUTH_NO;
		while ((word = host_next_word(&line)))
			if (strcmp(word, "hypervisor") == 0)
				*ret = TRUTH_YES;
		break;
	}
	return 0;
}

static int read_machine(const struct host_root *root, struct fact_text *fact)
{
	struct fact_text vendor = {0}, product = {0};
	char both[512];
	int r = fact_text_read(&vendor, root, DMI "/sys_vendor");

	if (r == 0)
		r = fact_text_read(&product, root, DMI "/product_name");
	if (r == 0 && vendor.state == FACT_KNOWN && product.state == FACT_KNOWN) {
		snprintf(both, sizeof(both), "%s %s", vendor.text, product.text);
		r = fact_text_set(fact, both);
	}
	fact_text_release(&vendor);
	fact_text_release(&product);
	return r;
}

/* "Max locked memory         8388608              8388608              bytes". */
static int read_limit(const struct host_root *root, struct fact_number *fact)
{
	static const char name[] = "Max locked memory";
	AUTO_FREE char *text = NULL;
	char *cursor, *line, *word;
	int r = host_root_read_all(root, "/proc/self/limits", TEXT_LIMIT, &text, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	while ((line = host_next_line(&cursor))) {
		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		line += strlen(name);
		word = host_next_word(&line);
		if (word && strcmp(word, "unlimited") == 0)
			fact->state = FACT_ABSENT;
		else if (word && number_parse(word, 10, &fact->number))
			fact->state = FACT_KNOWN;
		break;
	}
	return 0;
}

int host_surroundings_read(const struct host_root *root, struct surroundings *ret)
{
	struct surroundings surroundings = {0};
	int r = read_container(root, &surroundings.container);

	if (r == 0)
		r = read_guest(root, &surroundings.guest);
	if (r == 0)
		r = read_machine(root, &surroundings.machine);
	if (r == 0)
		r = read_limit(root, &surroundings.memory_lock_limit);
	if (r < 0)
		surroundings_release(&surroundings);
	*ret = surroundings;
	return r;
}

void surroundings_release(struct surroundings *surroundings)
{
	fact_text_release(&surroundings->container);
	fact_text_release(&surroundings->machine);
	*surroundings = (struct surroundings){0};
}
