/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "iommu-diag/options.h"
#include "iommu-diag/words.h"
#include "report/recovery_writer.h"
#include "worker/trace_record.h"

/* Seconds for one record; what blocks longer stays recorded. */
#define RESTORE_TIMEOUT 30

static const struct option options[] = {
	COMMON_LONG_OPTIONS,
	{0},
};

static const char usage[] =
	"Usage: iommu-diag restore [OPTION]... [DEVICE...]\n"
	"Puts back what interrupted trials left: driver and driver_override of each\n"
	"device with an undo record, or of those named. May be repeated; a device that\n"
	"somebody else has changed since is left alone and reported. What an\n"
	"interrupted trace left in tracefs is removed as well. Needs root.\n"
	"\n" COMMON_USAGE "\n"
	"Exit status: 0 everything is back or there was nothing to do, 1 something is\n"
	"not back, 2 usage, 4 not yet (a trial still runs, or the kernel does not answer)\n"
	"or no rights, 5 no such device and no record of one.\n";

/* The devices that were named: those with a record, and those that need nothing. */
struct restore_request {
	struct pci_address_list recorded;
	struct pci_address_list untouched;
};

static int append(struct pci_address_list *list, const struct pci_address *address)
{
	struct pci_address *grown;

	for (size_t i = 0; i < list->n_addresses; i++)
		if (pci_address_equal(&list->addresses[i], address))
			return 0;
	grown = reallocarray(list->addresses, list->n_addresses + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->addresses = grown;
	grown[list->n_addresses++] = *address;
	return 0;
}

static bool word_names_record(const char *word, const struct undo_record *record)
{
	struct pci_pattern pattern;
	int group, end = 0;

	if (sscanf(word, "group:%d%n", &group, &end) == 1 && word[end] == '\0')
		return record->group == group;
	return pci_pattern_parse(word, &pattern) == 0 &&
	       pci_pattern_matches(&pattern, &record->address);
}

/*
 * A record is proof enough that its device was there: a word that fits one needs no
 * device that still exists. Returns the number of records that fit, or -ENOMEM.
 */
static int take_records(const struct undo_record_list *records, const char *word,
			struct restore_request *request)
{
	int found = 0;

	for (size_t i = 0; i < records->n_records; i++) {
		if (!word_names_record(word, &records->records[i]))
			continue;
		if (append(&request->recorded, &records->records[i].address) < 0)
			return -ENOMEM;
		found++;
	}
	return found;
}

static int resolve_words(const struct client_command *command, const struct host_root *root,
			 const struct undo_record_list *records, char *const *words, int n_words,
			 struct restore_request *request)
{
	struct pci_device_list devices = {0};
	struct pci_address_list found = {0};
	int status = words_read_devices(command, root, &devices);

	for (int i = 0; status == CLIENT_OK && i < n_words; i++) {
		int fits = take_records(records, words[i], request);

		if (fits == 0)
			status = words_resolve(command, root, &devices, &words[i], 1, &found);
		else if (fits < 0)
			status = CLIENT_NOT_MEASURED;
	}
	for (size_t i = 0; status == CLIENT_OK && i < found.n_addresses; i++)
		if (append(undo_record_list_find(records, &found.addresses[i])
				   ? &request->recorded
				   : &request->untouched,
			   &found.addresses[i]) < 0)
			status = CLIENT_NOT_MEASURED;
	pci_address_list_release(&found);
	pci_device_list_release(&devices);
	return status;
}

static int write_results(const struct client_command *command, const struct common_options *common,
			 const struct recovery_list *list, const struct pci_address_list *untouched,
			 const struct trace_recovery *traces)
{
	struct text_out out = options_text_out(common);
	int status = CLIENT_OK;

	for (size_t i = 0; i < list->n_recoveries; i++) {
		enum restore_result result = list->recoveries[i].result;

		if (result == RESTORE_CONTESTED || result == RESTORE_FAILED)
			status = CLIENT_FAIL;
		else if (status == CLIENT_OK && !restore_result_is_final(result))
			status = CLIENT_NOT_MEASURED;
	}
	if (traces->failed > 0)
		status = CLIENT_FAIL;
	if (!common->json) {
		restore_write_text(&out, list, untouched->addresses, untouched->n_addresses,
				   traces);
	} else if (restore_write_json(stdout, common->form, list, untouched->addresses,
				      untouched->n_addresses, traces) < 0) {
		client_message(command, "out of memory");
		return CLIENT_NOT_MEASURED;
	}
	return client_finish_output(command, status);
}

static int recover(const struct client_command *command, const struct common_options *common,
		   const struct restore_request *request, bool named)
{
	struct recovery_list list = {0};
	struct trace_recovery traces = {0};
	int status, r = 0;

	/* No address means all of them to recovery_run(), which nobody asked for here. */
	if (!named || request->recorded.n_addresses > 0)
		r = recovery_run(UNDO_FOLDER, request->recorded.addresses,
				 request->recorded.n_addresses, RESTORE_TIMEOUT, &list);
	/* What a trace left belongs to no device: it goes with any of them. */
	if (r == 0)
		r = trace_recovery_run(UNDO_FOLDER, RESTORE_TIMEOUT, &traces);
	if (r < 0) {
		client_message(command, "nothing was restored: %s%s", strerror(-r),
			       r == -EACCES || r == -EPERM ? "; run it as root" : "");
		return CLIENT_NOT_MEASURED;
	}
	status = write_results(command, common, &list, &request->untouched, &traces);
	recovery_list_release(&list);
	return status;
}

static int restore(const struct client_command *command, const struct common_options *common,
		   char *const *words, int n_words)
{
	struct restore_request request = {0};
	struct undo_record_list records = {0};
	struct host_root root;
	int status = client_open_root(command, NULL, &root);
	int r;

	if (status != CLIENT_OK)
		return status;
	/* Without the rights to read records, words are still checked as words. */
	r = undo_record_list_read(UNDO_FOLDER, &records);
	if (n_words > 0)
		status = resolve_words(command, &root, &records, words, n_words, &request);
	if (status == CLIENT_OK && r < 0) {
		client_message(command, "cannot read the undo records in %s: %s", UNDO_FOLDER,
			       strerror(-r));
		status = CLIENT_NOT_MEASURED;
	}
	if (status == CLIENT_OK)
		status = recover(command, common, &request, n_words > 0);
	pci_address_list_release(&request.recorded);
	pci_address_list_release(&request.untouched);
	undo_record_list_release(&records);
	host_root_close(&root);
	return status;
}

static int run(const struct client_command *command, int argc, char **argv)
{
	struct option_reader reader;

	options_start(&reader, command, argc, argv, options);
	while (options_next(&reader) != -1)
		continue;
	if (reader.stopped)
		return reader.status;
	return restore(command, &reader.common, argv + optind, argc - optind);
}

const struct client_command command_restore = {"restore", "put back what an interrupted trial left",
					       usage, run};
