/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "check/check.h"
#include "host/topology.h"
#include "iommu-diag/options.h"
#include "iommu-diag/words.h"
#include "report/graph_writer.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_FORMAT,
};

static const struct option options[] = {
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"root", required_argument, NULL, OPTION_ROOT},
	COMMON_LONG_OPTIONS,
	{0},
};

static const char usage[] =
	"Usage: iommu-diag graph [OPTION]...\n"
	"Draws the PCI tree by IOMMU group: a box per function, coloured by the verdict\n"
	"of a passive check, and marks ports that do not keep devices apart. Opens and\n"
	"writes nothing of VFIO.\n"
	"\n"
	"      --format=dot|svg           Graphviz's language (default), or a picture,\n"
	"                                 drawn by Graphviz's dot\n"
	"      --root=DIR                 read a captured tree, not this machine\n" COMMON_USAGE;

/* "127" is the shell's way to say that there is no such program. */
#define SHELL_NOT_FOUND 127

static int write_svg(const struct client_command *command, const char *dot)
{
	FILE *pipe;
	int status;

	fflush(stdout);
	pipe = popen("exec dot -Tsvg", "we");
	if (!pipe) {
		client_message(command, "cannot start Graphviz's dot: %s", strerror(errno));
		return CLIENT_NOT_MEASURED;
	}
	fputs(dot, pipe);
	status = pclose(pipe);
	if (status == 0)
		return CLIENT_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) == SHELL_NOT_FOUND)
		client_message(command, "--format=svg needs the program dot of Graphviz, which is "
					"not installed; --format=dot does not");
	else
		client_message(command, "Graphviz's dot failed");
	return CLIENT_NOT_MEASURED;
}

static int draw(const struct client_command *command, const struct host_root *root,
		const struct pci_topology *topology, const struct check_report *report, bool svg)
{
	bool amd_iommu = host_root_exists(root, "/sys/firmware/acpi/tables/IVRS") == 1;
	struct device_names *names = device_names_open();
	AUTO_FREE char *dot = NULL;
	int r = -ENOMEM, status;
	size_t size = 0;
	FILE *out = open_memstream(&dot, &size);

	if (out) {
		r = graph_write_dot(out, topology, report, amd_iommu, names);
		if (fclose(out) != 0)
			r = -ENOMEM;
	}
	device_names_close(names);
	if (r < 0) {
		client_message(command, "%s", strerror(-r));
		return CLIENT_NOT_MEASURED;
	}
	if (svg)
		return write_svg(command, dot);
	status = fputs(dot, stdout) >= 0 ? CLIENT_OK : CLIENT_NOT_MEASURED;
	return status;
}

static int run_on(const struct client_command *command, const struct host_root *root, bool svg)
{
	struct pci_address_list all = {0};
	struct check_report report = {0};
	struct pci_device_list devices = {0};
	struct pci_topology topology = {0};
	int status = words_read_devices(command, root, &devices), r = 0;

	if (status == CLIENT_OK) {
		r = host_topology_read(root, &devices, &topology);
		if (r == 0)
			r = host_resolve_all(&devices, &all);
		if (r == 0 && all.n_addresses > 0)
			r = client_check_passively(root, NULL, all.addresses, all.n_addresses,
						   &report);
		if (r < 0) {
			client_message(command, "cannot read the PCI tree: %s", strerror(-r));
			status = CLIENT_NOT_MEASURED;
		} else {
			status = draw(command, root, &topology, &report, svg);
		}
	}
	check_report_release(&report);
	pci_address_list_release(&all);
	pci_topology_release(&topology);
	pci_device_list_release(&devices);
	return status;
}

static int run(const struct client_command *command, int argc, char **argv)
{
	const char *prefix = NULL;
	struct option_reader reader;
	struct host_root root;
	bool svg = false;
	int code, status;

	options_start(&reader, command, argc, argv, options);
	while ((code = options_next(&reader)) != -1) {
		if (code == OPTION_ROOT)
			prefix = optarg;
		else if (code == OPTION_FORMAT && strcmp(optarg, "svg") == 0)
			svg = true;
		else if (code == OPTION_FORMAT && strcmp(optarg, "dot") == 0)
			svg = false;
		else if (code == OPTION_FORMAT)
			options_bad_value(&reader, "--format", optarg, "dot or svg");
	}
	if (reader.stopped)
		return reader.status;
	if (optind < argc)
		return client_usage_error(command, "'%s' is not understood; graph takes no words",
					  argv[optind]);
	if (reader.common.json)
		return client_usage_error(command, "graph has no JSON; expected --format=dot or "
						   "--format=svg");
	status = client_open_root(command, prefix, &root);
	if (status != CLIENT_OK)
		return status;
	status = run_on(command, &root, svg);
	host_root_close(&root);
	return client_finish_output(command, status);
}

const struct client_command command_graph = {"graph", "the PCI tree by group, as a picture", usage,
					     run};
