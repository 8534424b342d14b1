/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/topology.h"
#include "iommu-diag/options.h"
#include "iommu-diag/words.h"
#include "report/group_writer.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_ALL,
};

static const struct option options[] = {
	{"all", no_argument, NULL, OPTION_ALL},
	{"root", required_argument, NULL, OPTION_ROOT},
	COMMON_LONG_OPTIONS,
	{0},
};

static const char usage[] =
	"Usage: iommu-diag group [OPTION]... N|DEVICE...\n"
	"       iommu-diag group [OPTION]... --all\n"
	"Says why these devices share an IOMMU group: which port or bridge does not keep\n"
	"them apart, which bits of ACS are missing, and what would separate them. Walks\n"
	"the PCI tree as the kernel does; reads configuration spaces, writes nothing.\n"
	"\n"
	"N is the number of a group; DEVICE is named as for 'iommu-diag check'.\n"
	"\n"
	"      --all                      every group\n"
	"      --root=DIR                 read a captured tree, not this machine\n" COMMON_USAGE;

/* Numbers of groups, each once. */
struct numbers {
	uint64_t *numbers;
	size_t n;
};

static int add_number(struct numbers *list, uint64_t number)
{
	uint64_t *grown;

	for (size_t i = 0; i < list->n; i++)
		if (list->numbers[i] == number)
			return 0;
	grown = reallocarray(list->numbers, list->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->numbers = grown;
	grown[list->n++] = number;
	return 0;
}

/* One word of digits is the number of a group; anything else is a device. */
static bool is_number(const char *word)
{
	return word[0] != '\0' && strspn(word, "0123456789") == strlen(word);
}

static int take_number(const struct client_command *command, const struct pci_device_list *devices,
		       const char *word, struct numbers *list)
{
	uint64_t number;

	errno = 0;
	number = strtoull(word, NULL, 10);
	for (size_t i = 0; errno == 0 && i < devices->n_devices; i++)
		if (devices->devices[i].group.state == FACT_KNOWN &&
		    devices->devices[i].group.number == number)
			return add_number(list, number) == 0 ? CLIENT_OK : CLIENT_NOT_MEASURED;
	client_message(command, "there is no IOMMU group %s; see 'iommu-diag list'", word);
	return CLIENT_NO_DEVICE;
}

static int take_device(const struct client_command *command, const struct host_root *root,
		       const struct pci_device_list *devices, char *const *word,
		       struct numbers *list)
{
	struct pci_address_list addresses = {0};
	int status = words_resolve(command, root, devices, word, 1, &addresses);

	for (size_t i = 0; status == CLIENT_OK && i < addresses.n_addresses; i++) {
		const struct pci_device *device =
			pci_device_list_find(devices, &addresses.addresses[i]);
		char name[PCI_ADDRESS_SIZE];

		if (device && device->group.state == FACT_KNOWN) {
			if (add_number(list, device->group.number) < 0)
				status = CLIENT_NOT_MEASURED;
			continue;
		}
		client_message(command, "%s is in no IOMMU group; 'iommu-diag check %s' says why",
			       pci_address_format(&addresses.addresses[i], name), name);
		status = CLIENT_NOT_MEASURED;
	}
	pci_address_list_release(&addresses);
	return status;
}

static int take_words(const struct client_command *command, const struct host_root *root,
		      const struct pci_device_list *devices, char *const *words, int n_words,
		      struct numbers *list)
{
	int status = CLIENT_OK;

	for (int i = 0; i < n_words; i++) {
		int word = is_number(words[i])
				   ? take_number(command, devices, words[i], list)
				   : take_device(command, root, devices, &words[i], list);

		if (word != CLIENT_OK && status != CLIENT_USAGE)
			status = word;
	}
	return status;
}

static int take_all(const struct pci_device_list *devices, struct numbers *list)
{
	for (size_t i = 0; i < devices->n_devices; i++)
		if (devices->devices[i].group.state == FACT_KNOWN &&
		    add_number(list, devices->devices[i].group.number) < 0)
			return CLIENT_NOT_MEASURED;
	return CLIENT_OK;
}

static int write_explained(const struct client_command *command,
			   const struct common_options *common, const struct host_root *root,
			   const struct pci_topology *topology,
			   const struct group_explanation *explanations, size_t n)
{
	struct text_out out = options_text_out(common);
	struct device_names *names;
	char kernel[128];
	int r;

	if (common->json) {
		ssize_t length = host_root_read(root, kernel, sizeof(kernel), "%s",
						"/proc/sys/kernel/osrelease");

		r = group_write_json(stdout, common->form, length > 0 ? kernel : NULL, topology,
				     explanations, n);
		if (r < 0)
			client_message(command, "%s", strerror(-r));
		return r < 0 ? CLIENT_NOT_MEASURED : CLIENT_OK;
	}
	names = device_names_open();
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			fputc('\n', stdout);
		group_write_text(&out, topology, &explanations[i], names);
	}
	device_names_close(names);
	return CLIENT_OK;
}

static int explain(const struct client_command *command, const struct common_options *common,
		   const struct host_root *root, const struct pci_topology *topology,
		   const struct numbers *list)
{
	struct group_explanation *explanations = calloc(list->n + 1, sizeof(*explanations));
	bool amd_iommu = host_root_exists(root, "/sys/firmware/acpi/tables/IVRS") == 1;
	char command_line[4096];
	ssize_t length =
		host_root_read(root, command_line, sizeof(command_line), "%s", "/proc/cmdline");
	struct grouping grouping = {0};
	int status = CLIENT_OK, r;
	size_t n = 0;

	r = explanations ? grouping_predict(topology, amd_iommu, &grouping) : -ENOMEM;
	for (; r == 0 && n < list->n; n++) {
		r = group_explain(topology, &grouping, list->numbers[n],
				  length > 0 ? command_line : NULL, &explanations[n]);
		if (r == 0 && explanations[n].as_predicted == TRUTH_UNKNOWN)
			status = CLIENT_NOT_MEASURED;
	}
	if (r < 0) {
		client_message(command, "%s", strerror(-r));
		status = CLIENT_NOT_MEASURED;
	} else {
		r = write_explained(command, common, root, topology, explanations, n);
		status = r != CLIENT_OK ? r : status;
	}
	for (size_t i = 0; i < n; i++)
		group_explanation_release(&explanations[i]);
	free(explanations);
	grouping_release(&grouping);
	return status;
}

static int run_on(const struct client_command *command, const struct common_options *common,
		  const struct host_root *root, char *const *words, int n_words)
{
	struct pci_device_list devices = {0};
	struct pci_topology topology = {0};
	struct numbers list = {0};
	int status = words_read_devices(command, root, &devices), r;

	if (status == CLIENT_OK)
		status = n_words > 0 ? take_words(command, root, &devices, words, n_words, &list)
				     : take_all(&devices, &list);
	if (status == CLIENT_OK) {
		r = host_topology_read(root, &devices, &topology);
		if (r < 0)
			client_message(command, "cannot read the PCI tree: %s", strerror(-r));
		status = r < 0 ? CLIENT_NOT_MEASURED
			       : explain(command, common, root, &topology, &list);
	}
	pci_topology_release(&topology);
	pci_device_list_release(&devices);
	free(list.numbers);
	return status;
}

static int run(const struct client_command *command, int argc, char **argv)
{
	const char *prefix = NULL;
	struct option_reader reader;
	struct host_root root;
	bool all = false;
	int code, status;

	options_start(&reader, command, argc, argv, options);
	while ((code = options_next(&reader)) != -1) {
		if (code == OPTION_ALL)
			all = true;
		else if (code == OPTION_ROOT)
			prefix = optarg;
	}
	if (reader.stopped)
		return reader.status;
	if (all && optind < argc)
		return client_usage_error(command, "--all takes no words, but '%s' was given",
					  argv[optind]);
	if (!all && optind == argc)
		return client_usage_error(command,
					  "a group or device is missing; expected the number of a "
					  "group, a device, or --all");
	status = client_open_root(command, prefix, &root);
	if (status != CLIENT_OK)
		return status;
	status = run_on(command, &reader.common, &root, argv + optind, argc - optind);
	host_root_close(&root);
	return client_finish_output(command, status);
}

const struct client_command command_group = {"group", "why devices share an IOMMU group", usage,
					     run};
