/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "iommu-diag/client.h"
#include "iommu-diag/options.h"
#include "report/safe_text.h"
#include "trial/undo.h"

static const struct client_command *const commands[] = {
	&command_check, &command_list,	  &command_explain, &command_host, &command_group,
	&command_graph, &command_restore, &command_status,  &command_hook,
};

static void message(const struct client_command *command, const char *format, va_list arguments)
{
	AUTO_FREE char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0) {
		/* Not a word would be worse; this needs no memory. */
		text = NULL;
		fputs("iommu-diag: out of memory\n", stderr);
		return;
	}
	fprintf(stderr, "iommu-diag%s%s: ", command ? " " : "", command ? command->name : "");
	safe_text_print(stderr, text);
	fputc('\n', stderr);
}

void client_message(const struct client_command *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message(command, format, arguments);
	va_end(arguments);
}

int client_usage_error(const struct client_command *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message(command, format, arguments);
	va_end(arguments);
	fprintf(stderr, "Try 'iommu-diag%s%s --help'.\n", command ? " " : "",
		command ? command->name : "");
	return CLIENT_USAGE;
}

int client_open_root(const struct client_command *command, const char *prefix,
		     struct host_root *ret)
{
	int r = host_root_open(prefix, ret);

	if (r == 0)
		return CLIENT_OK;
	if (!prefix) {
		client_message(command, "cannot open /: %s", strerror(-r));
		return CLIENT_NOT_MEASURED;
	}
	return client_usage_error(command, "--root: cannot open the folder '%s': %s", prefix,
				  strerror(-r));
}

char *client_undo_folder(const struct host_root *root)
{
	char *folder;

	if (asprintf(&folder, "%s%s", root->live ? "" : root->prefix, UNDO_FOLDER) < 0)
		return NULL;
	return folder;
}

int client_check_passively(const struct host_root *root, const struct guest_domain *guest,
			   const struct pci_address *set, size_t n_set, struct check_report *ret)
{
	AUTO_FREE char *undo_folder = client_undo_folder(root);
	const struct check_options options = {
		.level = CHECK_PASSIVE,
		.guest = guest,
		.undo_folder = undo_folder,
	};

	*ret = (struct check_report){0};
	return undo_folder ? check_run(root, &options, set, n_set, ret) : -ENOMEM;
}

int client_finish_output(const struct client_command *command, int status)
{
	int failed = ferror(stdout) ? EIO : 0;

	if (fflush(stdout) != 0)
		failed = errno;
	if (!failed)
		return status;
	client_message(command, "cannot write to standard output: %s", strerror(failed));
	clearerr(stdout);
	return CLIENT_NOT_MEASURED;
}

static int print_help(void)
{
	fputs("Usage: iommu-diag COMMAND [OPTION]... [WORD]...\n"
	      "Says whether PCI devices can be assigned to a virtual machine, and why "
	      "not.\n\n"
	      "Commands:\n",
	      stdout);
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		printf("  %-12s  %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "  -h, --help     this text; after a command: what it takes\n"
	      "      --version  the version\n"
	      "\n"
	      "Exit status: 0 assignable, 1 not assignable, 2 usage, 3 assignable with\n"
	      "warnings, 4 not measured or refused, 5 no such device. See "
	      "iommu-diag(1).\n",
	      stdout);
	return client_finish_output(NULL, CLIENT_OK);
}

/* "check, list or status" into @buffer: what was expected in place of a word. */
static const char *expected_commands(char *buffer, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(commands) && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%s",
					 i == 0				   ? ""
					 : i + 1 == ARRAY_LENGTH(commands) ? " or "
									   : ", ",
					 commands[i]->name);
	return buffer;
}

static int run_command(int argc, char **argv)
{
	char expected[256];

	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		if (strcmp(commands[i]->name, argv[0]) == 0)
			return commands[i]->run(commands[i], argc, argv);
	return client_usage_error(NULL, "unknown command '%s'; expected %s", argv[0],
				  expected_commands(expected, sizeof(expected)));
}

int client_main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	char expected[256];

	/* A closed pipe is an error of writing, which is reported as one. */
	signal(SIGPIPE, SIG_IGN);
	if (!word)
		return client_usage_error(NULL, "a command is missing; expected %s",
					  expected_commands(expected, sizeof(expected)));
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return print_help();
	if (strcmp(word, "--version") == 0)
		return print_version(NULL);
	if (word[0] == '-')
		return client_usage_error(NULL,
					  "unknown option '%s' before the command; expected "
					  "a command, --help or --version",
					  word);
	return run_command(argc - 1, argv + 1);
}
