/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "iommu-diag/explain.h"
#include "iommu-diag/options.h"

enum {
	OPTION_FILE = OPTION_OWN,
	OPTION_HERE,
	OPTION_ROOT,
};

static const struct option options[] = {
	{"file", required_argument, NULL, OPTION_FILE},
	{"here", no_argument, NULL, OPTION_HERE},
	{"root", required_argument, NULL, OPTION_ROOT},
	COMMON_LONG_OPTIONS,
	{0},
};

static const char usage[] =
	"Usage: iommu-diag explain [OPTION]... VERDICT-ID\n"
	"       iommu-diag explain [OPTION]... STEP ERRNO\n"
	"       iommu-diag explain [OPTION]... TEXT | --file=FILE | -\n"
	"Says what a verdict means and which rules lead to it; what an errno at a step\n"
	"can mean, and which evidence separates the causes; or what the lines of a log\n"
	"mean. TEXT is an error text (quote it); - and no words read standard input.\n"
	"Needs neither root nor an IOMMU.\n"
	"\n"
	"      --file=FILE                explain the lines of FILE\n"
	"      --here                     join the text with what this host shows\n"
	"      --root=DIR                 with --here: a captured tree, not this "
	"machine\n" COMMON_USAGE "\n"
	"Exit status: 0 explained, 2 usage, 4 nothing recognised.\n";

struct explain_request {
	struct common_options common;
	const char *file;
	const char *root;
	bool here;
};

static int write_findings(const struct client_command *command, const struct common_options *common,
			  const struct finding_list *list, int status)
{
	struct text_out out = options_text_out(common);

	if (!common->json) {
		findings_write_text(&out, list);
	} else if (findings_write_json(stdout, common->form, list) < 0) {
		client_message(command, "out of memory");
		return CLIENT_NOT_MEASURED;
	}
	return client_finish_output(command, status);
}

/* Ends every form of the command: @r is what gathering the findings gave. */
static int finish(const struct client_command *command, const struct common_options *common,
		  struct finding_list *list, int r)
{
	int status = CLIENT_OK;

	if (r == 0 && list->n_findings == 0) {
		r = explain_unknown(list);
		status = CLIENT_NOT_MEASURED;
	}
	/* A text that is known to say nothing about the cause. */
	if (r == 0 && status == CLIENT_OK && list->findings[0].verdict == VERDICT_UNKNOWN &&
	    list->findings[0].matched)
		status = CLIENT_NOT_MEASURED;
	if (r < 0) {
		client_message(command, "%s", strerror(-r));
		status = CLIENT_NOT_MEASURED;
	} else {
		status = write_findings(command, common, list, status);
	}
	finding_list_release(list);
	return status;
}

/* A text from @file: what it says, and with --here what this host says of that. */
static int explain_lines(const struct client_command *command,
			 const struct explain_request *request, FILE *file)
{
	struct explain_subject subject;
	struct finding_list list = {0};
	struct host_root root;
	int r = explain_stream(file, &list, &subject);

	if (r == 0 && request->here) {
		int status = client_open_root(command, request->root, &root);

		if (status != CLIENT_OK) {
			finding_list_release(&list);
			return status;
		}
		r = explain_join(&root, &subject, &list);
		host_root_close(&root);
	}
	if (r == 0)
		r = explain_fill_all(&list);
	return finish(command, &request->common, &list, r);
}

static int explain_file(const struct client_command *command, const struct explain_request *request)
{
	AUTO_FCLOSE FILE *file = fopen(request->file, "re");

	if (!file)
		return client_usage_error(command, "--file: cannot read '%s': %s", request->file,
					  strerror(errno));
	return explain_lines(command, request, file);
}

/* The words as one text, so that an unquoted message still reads as it was. */
static char *join(char *const *words, int n_words)
{
	size_t size = 1;
	char *text, *end;

	for (int i = 0; i < n_words; i++)
		size += strlen(words[i]) + 1;
	text = malloc(size);
	if (!text)
		return NULL;
	end = text;
	*end = '\0';
	for (int i = 0; i < n_words; i++) {
		if (i > 0)
			*end++ = ' ';
		end = stpcpy(end, words[i]);
	}
	return text;
}

static int explain_text(const struct client_command *command, const struct explain_request *request,
			char *const *words, int n_words)
{
	AUTO_FREE char *text = join(words, n_words);
	AUTO_FCLOSE FILE *file = NULL;
	struct finding_list list = {0};

	if (!text)
		return finish(command, &request->common, &list, -ENOMEM);
	if (*text == '\0')
		return client_usage_error(command, "the text is empty");
	file = fmemopen(text, strlen(text), "r");
	return file ? explain_lines(command, request, file)
		    : finish(command, &request->common, &list, -ENOMEM);
}

/* The errno that @word names, by name or by number; 0 where it names none. */
static int parse_errno(const char *word)
{
	char *end;
	long number = strtol(word, &end, 10);

	if (*word >= '0' && *word <= '9' && *end == '\0' && number < 4096)
		return errno_name((int)number) ? (int)number : 0;
	return errno_from_name(word);
}

/* Two words of which one is a step or an errno; the other is then meant as one, too. */
static int explain_pair(const struct client_command *command, const struct common_options *common,
			const char *step_word, const char *errno_word)
{
	enum step step = step_from_name(step_word);
	int err = parse_errno(errno_word);
	struct finding_list list = {0};

	if (step == STEP_NONE)
		return client_usage_error(command,
					  "unknown step '%s'; expected a step such as "
					  "group.set_container",
					  step_word);
	if (err == 0)
		return client_usage_error(command,
					  "unknown errno '%s'; expected a name such as "
					  "EINVAL",
					  errno_word);
	return finish(command, common, &list, explain_step(step, err, &list));
}

/* Whether the words are an id, or a step and an errno, and no text. */
static bool is_reference(char *const *words, int n_words)
{
	if (n_words == 1)
		return verdict_from_id(words[0]) != VERDICT_NONE ||
		       step_from_name(words[0]) != STEP_NONE;
	return n_words == 2 && (step_from_name(words[0]) != STEP_NONE ||
				(errno_from_name(words[1]) != 0 && !strchr(words[0], ' ')));
}

static int explain_reference(const struct client_command *command,
			     const struct common_options *common, char *const *words, int n_words)
{
	struct finding_list list = {0};
	enum verdict verdict = verdict_from_id(words[0]);

	if (n_words == 2)
		return explain_pair(command, common, words[0], words[1]);
	if (verdict != VERDICT_NONE)
		return finish(command, common, &list, explain_verdict(verdict, &list));
	return client_usage_error(command, "the step '%s' needs an errno, such as EINVAL",
				  words[0]);
}

static int explain_words(const struct client_command *command,
			 const struct explain_request *request, char *const *words, int n_words)
{
	if (n_words == 1 && strcmp(words[0], "-") == 0)
		return explain_lines(command, request, stdin);
	if (!is_reference(words, n_words))
		return explain_text(command, request, words, n_words);
	if (request->here)
		return client_usage_error(command, "--here goes with a text only");
	return explain_reference(command, &request->common, words, n_words);
}

static int run(const struct client_command *command, int argc, char **argv)
{
	struct explain_request request = {0};
	struct option_reader reader;
	int code, n_words;

	options_start(&reader, command, argc, argv, options);
	while ((code = options_next(&reader)) != -1) {
		if (code == OPTION_FILE)
			request.file = optarg;
		else if (code == OPTION_HERE)
			request.here = true;
		else if (code == OPTION_ROOT)
			request.root = optarg;
	}
	if (reader.stopped)
		return reader.status;
	request.common = reader.common;
	n_words = argc - optind;
	if (request.root && !request.here)
		return client_usage_error(command, "--root goes with --here only");
	if (request.file && n_words > 0)
		return client_usage_error(command, "'%s': give words or --file, not both",
					  argv[optind]);
	if (request.file)
		return explain_file(command, &request);
	if (n_words > 0)
		return explain_words(command, &request, argv + optind, n_words);
	if (isatty(STDIN_FILENO))
		return client_usage_error(command, "nothing to explain; expected a verdict id, a "
						   "step and an errno, or an error text");
	return explain_lines(command, &request, stdin);
}

const struct client_command command_explain = {
	"explain", "what a verdict, an errno at a step, or an error text means", usage, run};
