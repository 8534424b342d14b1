/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/module_files.h"
#include "host/root_file.h"

#define CONFIG_LIMIT (4 << 20)

/* In the order of modprobe.d(5): a file hides those of its name in the folders behind it. */
static const char *const folders[] = {
	"/etc/modprobe.d",     "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d",
};

static bool is_config(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && strcmp(name + length - 5, ".conf") == 0;
}

static bool is_hidden(const struct host_root *root, size_t folder, const char *name)
{
	for (size_t i = 0; i < folder; i++)
		if (host_root_exists(root, "%s/%s", folders[i], name) == 1)
			return true;
	return false;
}

/* What people write to keep a module out. */
static bool does_nothing(const char *command)
{
	static const char *const commands[] = {"false", "true", ":", "exit"};
	size_t length = strcspn(command, " \t;");

	for (size_t i = length; i-- > 0;) {
		if (command[i] == '/') {
			command += i + 1;
			length -= i + 1;
			break;
		}
	}
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		if (strlen(commands[i]) == length && memcmp(command, commands[i], length) == 0)
			return true;
	return false;
}

static void unify(char *name)
{
	for (; *name; name++)
		if (*name == '-')
			*name = '_';
}

/* What is looked for in a line of modprobe.d; @what is the test's own. */
typedef bool (*line_test)(char *line, const char *name, const char *what);

/* One search through modprobe.d. */
struct search {
	line_test test;
	const char *name;
	const char *what;
};

/* "install NAME COMMAND", where NAME may be a pattern. */
static bool line_blocks(char *line, const char *name, const char *what)
{
	char *keyword = host_next_word(&line), *pattern;

	(void)what;
	if (!keyword || strcmp(keyword, "install") != 0)
		return false;
	pattern = host_next_word(&line);
	if (!pattern)
		return false;
	unify(pattern);
	return fnmatch(pattern, name, 0) == 0 && does_nothing(line + strspn(line, " \t"));
}

/* "options NAME ... WHAT=1 ...": the last one of a line counts, as the kernel takes it. */
static bool line_sets(char *line, const char *name, const char *what)
{
	char *keyword = host_next_word(&line), *word = host_next_word(&line);
	size_t length = strlen(what);
	bool set = false;

	if (!keyword || strcmp(keyword, "options") != 0 || !word)
		return false;
	unify(word);
	if (fnmatch(word, name, 0) != 0)
		return false;
	while ((word = host_next_word(&line)))
		if (strncmp(word, what, length) == 0 &&
		    (word[length] == '=' || word[length] == '\0'))
			set = word[length] == '\0' || word[length + 1] == '1' ||
			      word[length + 1] == 'y' || word[length + 1] == 'Y' ||
			      strcmp(word + length, "=on") == 0;
	return set;
}

/* Lines that end in a backslash go on in the next one. */
static void join_lines(char *text)
{
	char *found = text;

	while ((found = strstr(found, "\\\n")))
		memcpy(found, "  ", 2);
}

static int walk_file(const struct host_root *root, const char *folder, const char *file,
		     module_line_visitor visit, void *data)
{
	AUTO_FREE char *text = NULL;
	char path[512], *cursor, *line;
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", folder, file) >= (int)sizeof(path))
		return 0;
	r = host_root_read_all(root, path, CONFIG_LIMIT, &text, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	join_lines(text);
	cursor = text;
	r = 0;
	while (r == 0 && (line = host_next_line(&cursor)))
		r = visit(data, path, line);
	return r;
}

static int walk_folder(const struct host_root *root, size_t folder, module_line_visitor visit,
		       void *data)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *file;
	int r = 0;

	if (host_root_list(root, &dir, "%s", folders[folder]) < 0)
		return 0;
	while (r == 0 && (file = host_dir_next(dir)))
		if (is_config(file) && !is_hidden(root, folder, file))
			r = walk_file(root, folders[folder], file, visit, data);
	return r;
}

int module_config_walk(const struct host_root *root, module_line_visitor visit, void *data)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(folders) && r == 0; i++)
		r = walk_folder(root, i, visit, data);
	return r;
}

/* "module_blacklist=a,b" is the kernel's own and final; modprobe.blacklist= is not. */
static int command_line_blocks(const struct host_root *root, const char *name)
{
	static const char key[] = "module_blacklist=";
	AUTO_FREE char *text = NULL;
	char *cursor, *word;
	int r = host_root_read_all(root, "/proc/cmdline", CONFIG_LIMIT, &text, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	while ((word = host_next_word(&cursor))) {
		char *item, *rest;

		if (strncmp(word, key, strlen(key)) != 0)
			continue;
		for (item = strtok_r(word + strlen(key), ",", &rest); item;
		     item = strtok_r(NULL, ",", &rest))
			if (module_name_equal(item, name))
				return 1;
	}
	return 0;
}

static int try_line(void *data, const char *path, char *line)
{
	const struct search *search = data;

	(void)path;
	return search->test(line, search->name, search->what) ? 1 : 0;
}

/* 1 where a line of modprobe.d passes @test, 0 or -ENOMEM. */
static int config_has(const struct host_root *root, line_test test, const char *name,
		      const char *what)
{
	struct search search = {test, name, what};

	return module_config_walk(root, try_line, &search);
}

int module_is_blocked(const struct host_root *root, const char *name)
{
	AUTO_FREE char *unified = strdup(name);
	int r;

	if (!unified)
		return -ENOMEM;
	unify(unified);
	r = command_line_blocks(root, unified);
	return r != 0 ? r : config_has(root, line_blocks, unified, NULL);
}

int module_option_is_set(const struct host_root *root, const char *name, const char *option)
{
	return config_has(root, line_sets, name, option);
}
