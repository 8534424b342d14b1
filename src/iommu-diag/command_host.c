/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "diagnosis/host_check.h"
#include "host/facts.h"
#include "iommu-diag/options.h"
#include "iommu-diag/words.h"
#include "report/host_writer.h"

enum {
	OPTION_ROOT = OPTION_OWN,
};

static const struct option options[] = {
	{"root", required_argument, NULL, OPTION_ROOT},
	COMMON_LONG_OPTIONS,
	{0},
};

static const char usage[] =
	"Usage: iommu-diag host [OPTION]...\n"
	"Checks what decides for every device of the host: firmware tables, the IOMMU and\n"
	"what it can do, interrupt remapping, the kernel and its command line, modules,\n"
	"access paths, limits, and who binds devices at boot. Opens and writes nothing.\n"
	"\n"
	"PASS, WARN and FAIL as virt-host-validate says them; NOTE is worth to know, SKIP\n"
	"could not be measured.\n"
	"\n"
	"      --root=DIR                 read a captured tree, not this machine\n" COMMON_USAGE
	"\n"
	"Exit status: 0, 1 where a line is FAIL, 3 where one is WARN.\n";

static int write_report(const struct client_command *command, const struct common_options *common,
			const struct host_facts *facts, const struct host_report *report)
{
	struct text_out out = options_text_out(common);
	int r = 0;

	if (common->json)
		r = host_write_json(stdout, common->form, facts->kernel_release.text, report);
	else
		host_write_text(&out, report);
	if (r == 0)
		return host_report_exit_status(report);
	client_message(command, "%s", strerror(-r));
	return CLIENT_NOT_MEASURED;
}

static int run_on(const struct client_command *command, const struct common_options *common,
		  const struct host_root *root)
{
	struct pci_device_list devices = {0};
	struct host_report report = {0};
	struct host_facts facts;
	int r = host_facts_read(root, &facts), status;

	if (r < 0) {
		client_message(command, "%s", strerror(-r));
		return CLIENT_NOT_MEASURED;
	}
	status = words_read_devices(command, root, &devices);
	if (status == CLIENT_OK) {
		r = host_check(root, &facts, &devices, &report);
		if (r < 0)
			client_message(command, "%s", strerror(-r));
		status = r < 0 ? CLIENT_NOT_MEASURED
			       : write_report(command, common, &facts, &report);
	}
	host_report_release(&report);
	pci_device_list_release(&devices);
	host_facts_release(&facts);
	return status;
}

static int run(const struct client_command *command, int argc, char **argv)
{
	const char *prefix = NULL;
	struct option_reader reader;
	struct host_root root;
	int status;

	options_start(&reader, command, argc, argv, options);
	while (options_next(&reader) != -1)
		prefix = optarg;
	if (reader.stopped)
		return reader.status;
	if (optind < argc)
		return client_usage_error(command, "'%s' is not understood; host takes no words",
					  argv[optind]);
	status = client_open_root(command, prefix, &root);
	if (status != CLIENT_OK)
		return status;
	status = run_on(command, &reader.common, &root);
	host_root_close(&root);
	return client_finish_output(command, status);
}

const struct client_command command_host = {"host", "checks of the whole host", usage, run};
