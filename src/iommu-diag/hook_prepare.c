/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "iommu-diag/client.h"
#include "domain/domain_xml.h"
#include "host/pci.h"
#include "host/resolve.h"
#include "iommu-diag/hook.h"
#include "iommu-diag/hook_state.h"
#include "report/safe_text.h"

static int priority(enum outcome outcome)
{
	return outcome == OUTCOME_FAIL	 ? LOG_WARNING
	       : outcome == OUTCOME_PASS ? LOG_DEBUG
	       : outcome == OUTCOME_WARN ? LOG_NOTICE
					 : LOG_INFO;
}

/* Only a start can be stopped, and only by what is sure. */
static bool stops_start(const struct hook_call *call, enum outcome outcome,
			enum confidence confidence)
{
	return call->config.block && strcmp(call->operation, "prepare") == 0 &&
	       outcome == OUTCOME_FAIL && confidence == CONFIDENCE_CERTAIN;
}

/* What stops a start, in words that reach the client's error; and what to do first. */
static void print_reason(const struct hook_call *call, const char *what, enum verdict verdict,
			 const char *summary, char *const *fixes, size_t n_fixes)
{
	AUTO_FREE char *line = NULL;

	if (asprintf(&line, "iommu-diag: %s: %s: %s%s%s", what, verdict_id(verdict),
		     summary ? summary : "", n_fixes > 0 ? ". What to do: " : "",
		     n_fixes > 0 ? fixes[0] : "") < 0) {
		line = NULL;
		return;
	}
	safe_text_print(call->text, line);
	fputc('\n', call->text);
}

/* Logs what is said of a device. Returns whether it stops the start. */
static bool take_device(const struct hook_call *call, const struct device_report *device)
{
	const struct hook_entry entry = {
		.priority = priority(device->outcome),
		.verdict = verdict_id(device->verdict),
		.outcome = outcome_name(device->outcome),
		.confidence = confidence_name(device->confidence),
		.device = &device->address,
		.group = device->group.state == FACT_KNOWN ? (long)device->group.number : -1,
	};
	bool stops = stops_start(call, device->outcome, device->confidence);
	char address[PCI_ADDRESS_SIZE];

	pci_address_format(&device->address, address);
	hook_log(call, &entry, "domain %s: %s: %s (%s): %s", call->domain, address, entry.verdict,
		 entry.confidence, device->summary);
	if (stops)
		print_reason(call, address, device->verdict, device->summary, device->fixes,
			     device->n_fixes);
	return stops;
}

static bool take_finding(const struct hook_call *call, const struct domain_finding *finding)
{
	const struct hook_entry entry = {
		.priority = priority(finding->outcome),
		.verdict = verdict_id(finding->verdict),
		.outcome = outcome_name(finding->outcome),
		.confidence = confidence_name(finding->confidence),
		.device = finding->n_devices == 1 ? finding->devices : NULL,
		.group = -1,
	};
	bool stops = stops_start(call, finding->outcome, finding->confidence);

	hook_log(call, &entry, "domain %s: %s (%s): %s", call->domain, entry.verdict,
		 entry.confidence, finding->summary);
	if (stops)
		print_reason(call, call->domain, finding->verdict, finding->summary, finding->fixes,
			     finding->n_fixes);
	return stops;
}

static bool take_report(const struct hook_call *call, const struct check_report *report)
{
	bool stops = false;

	for (size_t i = 0; i < report->n_devices; i++)
		stops = take_device(call, &report->devices[i]) || stops;
	for (size_t i = 0; i < report->domain.n_findings; i++)
		stops = take_finding(call, &report->domain.findings[i]) || stops;
	return stops;
}

static void complain(const struct hook_call *call, const char *what, const char *why)
{
	hook_log(call, &(struct hook_entry){.priority = LOG_NOTICE, .group = -1},
		 "domain %s: %s: %s; the start goes on", call->domain, what, why);
}

/* The functions of the guest that this host has; libvirt itself refuses a start with others. */
static int collect(const struct hook_call *call, const struct guest_domain *guest,
		   struct pci_address_list *set)
{
	struct pci_device_list devices;
	int result = host_pci_list(call->root, &devices);

	if (result < 0)
		return result;
	set->addresses = calloc(guest->n_hostdevs, sizeof(*set->addresses));
	for (size_t i = 0; set->addresses && i < guest->n_hostdevs; i++) {
		const struct guest_hostdev *hostdev = &guest->hostdevs[i];
		char address[PCI_ADDRESS_SIZE];
		bool known = hostdev->uuid != NULL;

		for (size_t j = 0; j < set->n_addresses && !known; j++)
			known = pci_address_equal(&set->addresses[j], &hostdev->address);
		if (known)
			continue;
		if (pci_device_list_find(&devices, &hostdev->address))
			set->addresses[set->n_addresses++] = hostdev->address;
		else
			complain(call, pci_address_format(&hostdev->address, address),
				 "there is no such device on this host");
	}
	pci_device_list_release(&devices);
	return set->addresses ? 0 : -ENOMEM;
}

bool hook_report(const struct hook_call *call, const struct guest_domain *guest)
{
	struct pci_address_list set = {0};
	struct check_report report = {0};
	int result = collect(call, guest, &set);
	bool stops = false;

	if (result == 0)
		result = client_check_passively(call->root, guest, set.addresses, set.n_addresses,
						&report);
	if (result < 0)
		complain(call, "nothing could be measured", strerror(-result));
	else
		stops = take_report(call, &report);
	check_report_release(&report);
	pci_address_list_release(&set);
	return stops;
}

bool hook_prepare(const struct hook_call *call)
{
	struct guest_domain guest = {0};
	AUTO_FREE char *problem = NULL;
	int result = domain_xml_parse(call->xml, call->xml_size, &guest, &problem);
	bool stops = false;

	if (result < 0) {
		complain(call, "the definition could not be read",
			 problem ? problem : strerror(-result));
		return false;
	}
	if (guest.n_hostdevs > 0) {
		hook_state_begin(call, guest.uuid);
		stops = hook_report(call, &guest);
	}
	guest_domain_release(&guest);
	return stops;
}
