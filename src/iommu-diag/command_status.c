/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "iommu-diag/options.h"
#include "report/recovery_writer.h"

enum {
	OPTION_ROOT = OPTION_OWN,
};

static const struct option options[] = {
	{"root", required_argument, NULL, OPTION_ROOT},
	COMMON_LONG_OPTIONS,
	{0},
};

static const char usage[] =
	"Usage: iommu-diag status [OPTION]...\n"
	"Shows the undo records of trials: what each device was before, and whether the\n"
	"worker that owns the record still runs; and what a trace has left in tracefs.\n"
	"Needs root to read them.\n"
	"\n"
	"      --root=DIR                 read a captured tree, not this machine\n" COMMON_USAGE;

static int show(const struct client_command *command, const struct common_options *common,
		const struct host_root *root)
{
	AUTO_FREE char *folder = client_undo_folder(root);
	struct undo_record_list records = {0};
	struct trace_record_list traces = {0};
	struct text_out out = options_text_out(common);
	int r = folder ? undo_record_list_read(folder, &records) : -ENOMEM;

	if (r == 0)
		r = trace_record_list_read(folder, &traces);
	if (r < 0) {
		undo_record_list_release(&records);
		client_message(command, "cannot read the undo records in %s: %s",
			       folder ? folder : UNDO_FOLDER, strerror(-r));
		return CLIENT_NOT_MEASURED;
	}
	if (common->json)
		r = status_write_json(stdout, common->form, &records, &traces, root->live);
	else
		status_write_text(&out, &records, &traces, root->live);
	undo_record_list_release(&records);
	trace_record_list_release(&traces);
	if (r < 0) {
		client_message(command, "%s", strerror(-r));
		return CLIENT_NOT_MEASURED;
	}
	return client_finish_output(command, CLIENT_OK);
}

static int run(const struct client_command *command, int argc, char **argv)
{
	const char *prefix = NULL;
	struct option_reader reader;
	struct host_root root;
	int code, status;

	options_start(&reader, command, argc, argv, options);
	while ((code = options_next(&reader)) != -1)
		if (code == OPTION_ROOT)
			prefix = optarg;
	if (reader.stopped)
		return reader.status;
	if (optind < argc)
		return client_usage_error(command, "'%s' is not understood; status takes no words",
					  argv[optind]);
	status = client_open_root(command, prefix, &root);
	if (status != CLIENT_OK)
		return status;
	status = show(command, &reader.common, &root);
	host_root_close(&root);
	return status;
}

const struct client_command command_status = {"status", "undo records of trials and who owns them",
					      usage, run};
