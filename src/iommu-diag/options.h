/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "iommu-diag/client.h"
#include "report/json_out.h"
#include "report/text_out.h"

/* Codes of the options that every command takes; a command's own start at OPTION_OWN. */
enum {
	OPTION_JSON = 256,
	OPTION_NO_PAGER,
	OPTION_COLOR,
	OPTION_VERSION,
	OPTION_OWN,
};

/* What getopt_long() gets for them; short forms: "hqv". */
#define COMMON_SHORT_OPTIONS ":hqv"
#define COMMON_LONG_OPTIONS                                                                        \
	{"json", optional_argument, NULL, OPTION_JSON},                                            \
		{"no-pager", no_argument, NULL, OPTION_NO_PAGER},                                  \
		{"color", required_argument, NULL, OPTION_COLOR},                                  \
		{"quiet", no_argument, NULL, 'q'}, {"verbose", no_argument, NULL, 'v'},            \
		{"help", no_argument, NULL, 'h'},                                                  \
	{                                                                                          \
		"version", no_argument, NULL, OPTION_VERSION                                       \
	}

#define COMMON_USAGE                                                                               \
	"      --json[=short|pretty]      one document (pretty on a terminal)\n"                   \
	"      --color=auto|always|never  colour; auto minds NO_COLOR\n"                           \
	"      --no-pager                 accepted; there is no pager\n"                           \
	"  -q, --quiet                    the least text, no progress\n"                           \
	"  -v, --verbose                  all that was seen\n"                                     \
	"  -h, --help                     this text\n"                                             \
	"      --version                  the version\n"

struct common_options {
	bool json;
	enum json_form form;
	bool quiet;
	bool verbose;
	bool colour;
};

/* Reads one command's words, with the common options taken out. */
struct option_reader {
	const struct client_command *command;
	int argc;
	char **argv;
	const struct option *options; /* own and COMMON_LONG_OPTIONS, ends with zeroes */
	struct common_options common;
	bool stopped; /* --help, --version or an error: leave with @status */
	int status;
};

/*
 * Starts reading; getopt's variables are reset, so that one process may read twice. A reader
 * must be started before options_next() and the common options then hold their defaults.
 */
void options_start(struct option_reader *reader, const struct client_command *command, int argc,
		   char **argv, const struct option *options);

/*
 * Gives the code of the next option of the command's own, its argument in optarg; -1 at the end
 * (the words follow from optind) or when the reader stopped.
 */
int options_next(struct option_reader *reader);

/* Reports a bad value of an option and stops the reader. */
void options_bad_value(struct option_reader *reader, const char *option, const char *value,
		       const char *expected);

/* How text is to be written to standard output. */
struct text_out options_text_out(const struct common_options *common);

/* Prints the version; returns the exit status. */
int print_version(const struct client_command *command);

#endif
