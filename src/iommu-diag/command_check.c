/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "check/check.h"
#include "iommu-diag/domain_file.h"
#include "iommu-diag/options.h"
#include "iommu-diag/progress.h"
#include "iommu-diag/words.h"
#include "report/check_writer.h"

#define TIMEOUT_DEFAULT 30
#define TIMEOUT_MOST 3600
#define DRIVER_NAME_MOST 63

enum {
	OPTION_PASSIVE = OPTION_OWN,
	OPTION_TRIAL,
	OPTION_PATH,
	OPTION_FORCE,
	OPTION_DRIVER,
	OPTION_TIMEOUT,
	OPTION_TOGETHER,
	OPTION_TRACE,
	OPTION_DRY_RUN,
	OPTION_ALL,
	OPTION_DOMAIN,
	OPTION_ROOT,
};

static const struct option options[] = {
	{"passive", no_argument, NULL, OPTION_PASSIVE},
	{"trial", no_argument, NULL, OPTION_TRIAL},
	{"path", required_argument, NULL, OPTION_PATH},
	{"force", required_argument, NULL, OPTION_FORCE},
	{"driver", required_argument, NULL, OPTION_DRIVER},
	{"timeout", required_argument, NULL, OPTION_TIMEOUT},
	{"together", no_argument, NULL, OPTION_TOGETHER},
	{"trace", no_argument, NULL, OPTION_TRACE},
	{"dry-run", no_argument, NULL, OPTION_DRY_RUN},
	{"all", no_argument, NULL, OPTION_ALL},
	{"domain", required_argument, NULL, OPTION_DOMAIN},
	{"root", required_argument, NULL, OPTION_ROOT},
	COMMON_LONG_OPTIONS,
	{0},
};

static const char usage[] =
	"Usage: iommu-diag check [OPTION]... DEVICE...\n"
	"       iommu-diag check [OPTION]... --all\n"
	"       iommu-diag check [OPTION]... --domain=FILE\n"
	"Says for each device whether a virtual machine could get it, and why not.\n"
	"Devices named together are taken as a set, as one virtual machine would get\n"
	"them.\n"
	"\n"
	"DEVICE is [[[[DOMAIN:]BUS:]SLOT][.FUNC] as lspci reads it, pci/0000:01:00.0,\n"
	"pci_0000_01_00_0, group:N, or the name of a network interface or block device.\n"
	"\n"
	"      --passive                  look only: open and write nothing of VFIO\n"
	"      --trial                    try it: unbind, bind, attach, open, map one\n"
	"                                 page, and put everything back\n"
	"      --path=type1|iommufd|auto  the access path to try\n"
	"      --force=ID[,ID...]         with --trial: go on though the host uses the\n"
	"                                 device so (mounted, swap, net-up, ...)\n"
	"      --driver=NAME              bind this VFIO driver, not the fitting one\n"
	"      --timeout=SECONDS          per trial, 1 to 3600 (30)\n"
	"      --together                 say also whether the devices can share an IOMMU\n"
	"                                 domain; only --trial can measure it\n"
	"      --trace                    record which kernel function produced an errno;\n"
	"                                 needs root, tracefs and a device to be attached\n"
	"      --dry-run                  with --trial: print the plan, write nothing\n"
	"      --all                      every endpoint function\n"
	"      --domain=FILE              the devices that this domain definition of libvirt\n"
	"                                 takes (- for standard input), and whether the guest\n"
	"                                 can start with them: memory, limits, its IOMMU\n"
	"      --root=DIR                 read a captured tree, not this machine\n" COMMON_USAGE
	"\n"
	"WHAT A TRIAL COSTS: it takes the device away from the host for a moment.\n"
	"Opening a device resets it, and closing it resets it again. Binding a VGA\n"
	"device evicts the firmware framebuffer for good: the console stays dark until\n"
	"the next boot.\n"
	"\n"
	"Exit status: 0 assignable, 1 not assignable, 2 usage or malformed address,\n"
	"3 assignable with warnings, 4 not measured or refused, 5 no such device.\n";

struct check_request {
	struct check_options check;
	const char *root;
	const char *domain; /* file */
	bool all;
	bool passive;
	bool trial;
};

static void set_path(struct option_reader *reader, struct check_request *request)
{
	if (strcmp(optarg, "auto") == 0)
		request->check.path = PATH_CHOICE_AUTO;
	else if (strcmp(optarg, "type1") == 0)
		request->check.path = PATH_CHOICE_TYPE1;
	else if (strcmp(optarg, "iommufd") == 0)
		request->check.path = PATH_CHOICE_IOMMUFD;
	else
		options_bad_value(reader, "--path", optarg, "type1, iommufd or auto");
}

static void add_force(struct option_reader *reader, struct check_request *request)
{
	AUTO_FREE char *copy = strdup(optarg);
	char *rest = copy, *id;

	if (!copy) {
		reader->stopped = true;
		reader->status = CLIENT_NOT_MEASURED;
		return;
	}
	while ((id = strsep(&rest, ",")) != NULL) {
		enum in_use bit = in_use_from_id(id);

		if (bit == IN_USE_COUNT) {
			options_bad_value(reader, "--force", id,
					  "ids of uses, as a refusal lists them (mounted, swap, "
					  "holder, net-up, boot-vga, ...)");
			return;
		}
		request->check.force |= IN_USE_BIT(bit);
	}
}

static void set_timeout(struct option_reader *reader, struct check_request *request)
{
	char *end;
	unsigned long seconds;

	errno = 0;
	seconds = strtoul(optarg, &end, 10);
	if (errno || end == optarg || *end != '\0' || optarg[0] < '0' || optarg[0] > '9' ||
	    seconds < 1 || seconds > TIMEOUT_MOST)
		options_bad_value(reader, "--timeout", optarg, "whole seconds from 1 to 3600");
	request->check.timeout = (unsigned)seconds;
}

static void set_driver(struct option_reader *reader, struct check_request *request)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-";
	size_t length = strspn(optarg, allowed);

	if (length == 0 || length > DRIVER_NAME_MOST || optarg[length] != '\0')
		options_bad_value(reader, "--driver", optarg,
				  "the name of a PCI driver, such as vfio-pci");
	request->check.driver = optarg;
}

static void take_option(struct option_reader *reader, struct check_request *request, int code)
{
	switch (code) {
	case OPTION_PASSIVE:
		request->passive = true;
		break;
	case OPTION_TRIAL:
		request->trial = true;
		break;
	case OPTION_PATH:
		set_path(reader, request);
		break;
	case OPTION_FORCE:
		add_force(reader, request);
		break;
	case OPTION_DRIVER:
		set_driver(reader, request);
		break;
	case OPTION_TIMEOUT:
		set_timeout(reader, request);
		break;
	case OPTION_TOGETHER:
		request->check.together = true;
		break;
	case OPTION_TRACE:
		request->check.trace = true;
		break;
	case OPTION_DRY_RUN:
		request->check.dry_run = true;
		break;
	case OPTION_ALL:
		request->all = true;
		break;
	case OPTION_DOMAIN:
		request->domain = optarg;
		break;
	case OPTION_ROOT:
		request->root = optarg;
		break;
	default:
		break;
	}
}

/* What does not go together. Returns CLIENT_OK or CLIENT_USAGE. */
static int validate(const struct client_command *command, struct check_request *request,
		    int n_words)
{
	if (request->passive && request->trial)
		return client_usage_error(command, "--passive and --trial exclude each other");
	if (request->trial && request->root)
		return client_usage_error(command, "--trial acts on this machine; it does not go "
						   "with --root");
	if (request->check.dry_run && !request->trial)
		return client_usage_error(command, "--dry-run goes with --trial only");
	if (request->check.trace && (request->passive || request->root))
		return client_usage_error(command, "--trace records an attach on this machine; it "
						   "goes neither with --passive nor with --root");
	if (request->check.force && !request->trial)
		return client_usage_error(command, "--force goes with --trial only");
	if (request->check.together && request->all)
		return client_usage_error(command, "--together asks about the devices of one "
						   "virtual machine: name them, --all does not");
	if (request->all && n_words > 0)
		return client_usage_error(command, "name devices or give --all, not both");
	if (request->domain && (request->all || n_words > 0))
		return client_usage_error(command, "--domain names the devices; give neither "
						   "others nor --all");
	if (!request->all && !request->domain && n_words == 0)
		return client_usage_error(command, "no device named; expected DEVICE..., --all or "
						   "--domain=FILE");
	request->check.level = request->trial	  ? CHECK_TRIAL
			       : request->passive ? CHECK_PASSIVE
						  : CHECK_DEFAULT;
	return CLIENT_OK;
}

static void on_signal(int number)
{
	(void)number;
	check_interrupt();
}

/* A trial must put back what it wrote before the process ends. */
static void catch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
		struct sigaction old;

		/* nohup means it. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

static int write_report(const struct client_command *command, const struct common_options *common,
			const struct check_report *report)
{
	struct text_out out = options_text_out(common);

	if (!common->json)
		check_write_text(&out, report);
	else if (check_write_json(stdout, common->form, report) < 0) {
		client_message(command, "out of memory");
		return CLIENT_NOT_MEASURED;
	}
	return client_finish_output(command, check_report_exit_status(report));
}

static int measure(const struct client_command *command, const struct common_options *common,
		   const struct host_root *root, struct check_request *request,
		   const struct pci_address_list *set)
{
	AUTO_FREE char *undo_folder = client_undo_folder(root);
	struct check_report report = {0};
	int r, status;

	request->check.undo_folder = undo_folder;
	request->check.plan = common->json ? stderr : stdout;
	if (request->trial && !common->json && !common->quiet && isatty(STDERR_FILENO))
		request->check.progress = progress_show;
	catch_signals();
	r = undo_folder
		    ? check_run(root, &request->check, set->addresses, set->n_addresses, &report)
		    : -ENOMEM;
	progress_erase();
	if (r < 0) {
		client_message(command, "nothing could be measured: %s",
			       r == -ENOENT ? "there is no PCI bus" : strerror(-r));
		return CLIENT_NOT_MEASURED;
	}
	status = write_report(command, common, &report);
	check_report_release(&report);
	return status;
}

/* A guest's devices always go together; who asks without one asks about several. */
static int prepare_together(const struct client_command *command, struct check_request *request,
			    const struct pci_address_list *set)
{
	char name[PCI_ADDRESS_SIZE];

	if (request->domain)
		request->check.together = true;
	if (!request->check.together || request->domain || set->n_addresses >= 2)
		return CLIENT_OK;
	client_message(command, "--together asks about two devices or more, and only %s was named",
		       pci_address_format(&set->addresses[0], name));
	return CLIENT_USAGE;
}

static int resolve_and_measure(const struct client_command *command,
			       const struct common_options *common, struct check_request *request,
			       char *const *words, int n_words)
{
	struct pci_device_list devices = {0};
	struct pci_address_list set = {0};
	struct guest_domain guest = {0};
	struct host_root root;
	int status = client_open_root(command, request->root, &root);

	if (status != CLIENT_OK)
		return status;
	if (request->domain)
		status = domain_file_read(command, request->domain, &guest);
	if (status == CLIENT_OK)
		status = words_read_devices(command, &root, &devices);
	if (status == CLIENT_OK && request->domain) {
		request->check.guest = &guest;
		status = domain_file_resolve(command, request->domain, &guest, &devices, &set);
	}
	if (status == CLIENT_OK)
		status = words_resolve(command, &root, &devices, words, n_words, &set);
	if (status == CLIENT_OK && request->all && host_resolve_all(&devices, &set) < 0) {
		client_message(command, "out of memory");
		status = CLIENT_NOT_MEASURED;
	}
	if (status == CLIENT_OK && set.n_addresses == 0 && !request->domain) {
		client_message(command, "there is no PCI device to check");
		status = CLIENT_NO_DEVICE;
	}
	if (status == CLIENT_OK)
		status = prepare_together(command, request, &set);
	if (status == CLIENT_OK)
		status = measure(command, common, &root, request, &set);
	guest_domain_release(&guest);
	pci_address_list_release(&set);
	pci_device_list_release(&devices);
	host_root_close(&root);
	return status;
}

static int run(const struct client_command *command, int argc, char **argv)
{
	struct check_request request = {.check = {.timeout = TIMEOUT_DEFAULT}};
	struct option_reader reader;
	int code, status;

	options_start(&reader, command, argc, argv, options);
	while ((code = options_next(&reader)) != -1)
		take_option(&reader, &request, code);
	if (reader.stopped)
		return reader.status;
	status = validate(command, &request, argc - optind);
	if (status != CLIENT_OK)
		return status;
	return resolve_and_measure(command, &reader.common, &request, argv + optind, argc - optind);
}

const struct client_command command_check = {
	"check", "a verdict per device, with evidence, cause and fix", usage, run};
