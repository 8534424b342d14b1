/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "iommu-diag/options.h"

#define WIDTH_LEAST 40
#define WIDTH_MOST 120

/* Colour where nobody asked: on a terminal that is no dumb one, unless NO_COLOR is set.
 */
static bool default_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
	       !(terminal && strcmp(terminal, "dumb") == 0);
}

void options_start(struct option_reader *reader, const struct client_command *command, int argc,
		   char **argv, const struct option *options)
{
	*reader = (struct option_reader){
		.command = command, .argc = argc, .argv = argv, .options = options};
	reader->common.form = isatty(STDOUT_FILENO) ? JSON_PRETTY : JSON_SHORT;
	reader->common.colour = default_colour();
	/* 0 and not 1: glibc forgets where it was inside of a word, too. */
	optind = 0;
	opterr = 0;
}

static int stop(struct option_reader *reader, int status)
{
	reader->stopped = true;
	reader->status = status;
	return -1;
}

void options_bad_value(struct option_reader *reader, const char *option, const char *value,
		       const char *expected)
{
	stop(reader, client_usage_error(reader->command, "%s: '%s' is not understood; expected %s",
					option, value, expected));
}

static void set_json(struct option_reader *reader)
{
	reader->common.json = true;
	if (!optarg)
		return;
	if (strcmp(optarg, "short") == 0)
		reader->common.form = JSON_SHORT;
	else if (strcmp(optarg, "pretty") == 0)
		reader->common.form = JSON_PRETTY;
	else
		options_bad_value(reader, "--json", optarg, "short or pretty");
}

static void set_color(struct option_reader *reader)
{
	if (strcmp(optarg, "always") == 0)
		reader->common.colour = true;
	else if (strcmp(optarg, "never") == 0)
		reader->common.colour = false;
	else if (strcmp(optarg, "auto") == 0)
		reader->common.colour = default_colour();
	else
		options_bad_value(reader, "--color", optarg, "auto, always or never");
}

/* getopt says '?' for what it does not know and for a long option that takes no value. */
static int report_unknown(struct option_reader *reader)
{
	const struct client_command *command = reader->command;
	const char *word = reader->argv[optind - 1];

	if (optopt == 0)
		return stop(reader, client_usage_error(command, "unknown option '%s'", word));
	if (strncmp(word, "--", 2) == 0 && strchr(word, '='))
		return stop(reader,
			    client_usage_error(command, "option '%s' takes no value", word));
	return stop(reader, client_usage_error(command, "unknown option '-%c'", optopt));
}

int options_next(struct option_reader *reader)
{
	while (!reader->stopped) {
		int code = getopt_long(reader->argc, reader->argv, COMMON_SHORT_OPTIONS,
				       reader->options, NULL);

		switch (code) {
		case OPTION_JSON:
			set_json(reader);
			break;
		case OPTION_COLOR:
			set_color(reader);
			break;
		case OPTION_NO_PAGER:
			break;
		case 'q':
			reader->common.quiet = true;
			break;
		case 'v':
			reader->common.verbose = true;
			break;
		case 'h':
			fputs(reader->command->usage, stdout);
			return stop(reader, client_finish_output(reader->command, CLIENT_OK));
		case OPTION_VERSION:
			return stop(reader, print_version(reader->command));
		case '?':
			return report_unknown(reader);
		case ':':
			return stop(reader,
				    client_usage_error(reader->command, "option '%s' needs a value",
						       reader->argv[optind - 1]));
		default:
			return code;
		}
	}
	return -1;
}

static unsigned terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
	    size.ws_col == 0)
		return TEXT_WIDTH_DEFAULT;
	if (size.ws_col < WIDTH_LEAST)
		return WIDTH_LEAST;
	return size.ws_col > WIDTH_MOST ? WIDTH_MOST : size.ws_col;
}

struct text_out options_text_out(const struct common_options *common)
{
	return (struct text_out){
		.file = stdout,
		.colour = common->colour,
		.verbose = common->verbose,
		.quiet = common->quiet,
		.width = terminal_width(),
	};
}

int print_version(const struct client_command *command)
{
	printf("iommu-diag %s\n", PACKAGE_VERSION);
	return client_finish_output(command, CLIENT_OK);
}
