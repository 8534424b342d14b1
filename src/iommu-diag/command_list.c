/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "iommu-diag/options.h"
#include "report/list_writer.h"

enum {
	OPTION_NO_NAMES = OPTION_OWN,
	OPTION_ROOT,
};

static const struct option options[] = {
	{"no-names", no_argument, NULL, OPTION_NO_NAMES},
	{"root", required_argument, NULL, OPTION_ROOT},
	COMMON_LONG_OPTIONS,
	{0},
};

static const char usage[] =
	"Usage: iommu-diag list [OPTION]...\n"
	"Lists IOMMU groups and their devices, each with its driver in brackets and its\n"
	"state: host, vfio, in-use (a process holds the group), unbound, no-group,\n"
	"bridge, or recovering (a trial runs, or was interrupted). Opens and writes\n"
	"nothing of VFIO.\n"
	"\n"
	"      --no-names                 no names and no revisions; faster\n"
	"      --root=DIR                 read a captured tree, not this machine\n" COMMON_USAGE;

struct list_request {
	bool no_names;
	const char *root;
};

/* A listing of thousands of devices goes out in few writes. */
#define OUTPUT_BUFFER_SIZE (256 * 1024)

static char output_buffer[OUTPUT_BUFFER_SIZE];

static int write_listing(const struct client_command *command, const struct common_options *common,
			 const struct host_root *root, const struct listing *listing,
			 struct device_names *names)
{
	struct text_out out = options_text_out(common);
	char kernel[128];
	int r;

	if (common->json) {
		ssize_t length = host_root_read(root, kernel, sizeof(kernel), "%s",
						"/proc/sys/kernel/osrelease");

		r = list_write_json(stdout, common->form, length > 0 ? kernel : NULL, listing,
				    names);
	} else {
		r = list_write_text(&out, listing, names);
	}
	if (r < 0) {
		client_message(command, "%s", strerror(-r));
		return CLIENT_NOT_MEASURED;
	}
	return CLIENT_OK;
}

static int list_root(const struct client_command *command, const struct common_options *common,
		     const struct list_request *request, const struct host_root *root)
{
	AUTO_FREE char *undo_folder = client_undo_folder(root);
	struct device_names *names;
	struct listing listing;
	int status;
	int r = undo_folder ? listing_read(root, undo_folder, &listing) : -ENOMEM;

	if (r < 0) {
		client_message(command, "cannot list %s/sys/bus/pci/devices: %s", root->prefix,
			       strerror(-r));
		return CLIENT_NOT_MEASURED;
	}
	if (!request->no_names)
		listing_read_revisions(root, &listing);
	names = request->no_names ? NULL : device_names_open();
	status = write_listing(command, common, root, &listing, names);
	device_names_close(names);
	listing_release(&listing);
	return status;
}

static int run(const struct client_command *command, int argc, char **argv)
{
	struct list_request request = {0};
	struct option_reader reader;
	struct host_root root;
	int code, status;

	options_start(&reader, command, argc, argv, options);
	while ((code = options_next(&reader)) != -1) {
		if (code == OPTION_NO_NAMES)
			request.no_names = true;
		else if (code == OPTION_ROOT)
			request.root = optarg;
	}
	if (reader.stopped)
		return reader.status;
	if (optind < argc)
		return client_usage_error(command, "'%s' is not understood; list takes no words",
					  argv[optind]);
	status = client_open_root(command, request.root, &root);
	if (status != CLIENT_OK)
		return status;
	setvbuf(stdout, output_buffer, _IOFBF, sizeof(output_buffer));
	status = list_root(command, &reader.common, &request, &root);
	host_root_close(&root);
	return client_finish_output(command, status);
}

const struct client_command command_list = {"list", "groups, devices, drivers and a one-word state",
					    usage, run};
