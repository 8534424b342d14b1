/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/check.h"
#include "host/resolve.h"
#include "iommu-diag/client.h"
#include "iommu-diag/explain_host.h"

/* A group with more members is no ordinary one; these decide. */
#define MEMBERS_MOST 32

static int add_report(struct host_view *view, const struct host_root *root,
		      const struct pci_address *set, size_t n_set)
{
	struct check_report *grown =
		reallocarray(view->reports, view->n_reports + 1, sizeof(*grown));
	int r;

	if (!grown)
		return -ENOMEM;
	view->reports = grown;
	r = client_check_passively(root, NULL, set, n_set, &grown[view->n_reports]);
	if (r == 0)
		view->n_reports++;
	return r == -ENOMEM ? r : 0;
}

static void note_absence(struct host_view *view)
{
	char name[PCI_ADDRESS_SIZE];

	view->problem = "there is no such device on this host";
	evidence_set_add(&view->absent, EVIDENCE_DEVICE_GONE, TRUTH_YES, SOURCE_SYSFS,
			 pci_address_format(&view->subject.device, name), "absent");
}

static bool is_there(const struct pci_device_list *devices, const struct pci_address *address)
{
	for (size_t i = 0; i < devices->n_devices; i++)
		if (pci_address_equal(&devices->devices[i].address, address))
			return true;
	return false;
}

static int read_device(struct host_view *view, const struct host_root *root,
		       const struct pci_device_list *devices)
{
	const struct fact_number *group;
	int r;

	if (!is_there(devices, &view->subject.device)) {
		note_absence(view);
		return 0;
	}
	r = add_report(view, root, &view->subject.device, 1);
	if (r < 0 || view->n_reports == 0)
		return r;
	group = &view->reports[0].devices[0].group;
	if (view->subject.group >= 0 && group->state == FACT_KNOWN &&
	    group->number != (uint64_t)view->subject.group)
		view->problem = "the device is in another group here: the text is of another boot "
				"or of another host";
	return 0;
}

/* Each member by itself: who else goes to the same machine, the text does not say. */
static int read_group(struct host_view *view, const struct host_root *root,
		      const struct pci_device_list *devices)
{
	struct pci_address_list members = {0};
	AUTO_FREE char *problem = NULL;
	char word[32];
	int r;

	snprintf(word, sizeof(word), "group:%d", view->subject.group);
	r = host_resolve_device(root, devices, word, &members, &problem);
	if (r == -ENODEV || r == -EINVAL) {
		view->problem = "there is no such group on this host";
		r = 0;
	}
	for (size_t i = 0; r == 0 && i < members.n_addresses && i < MEMBERS_MOST; i++)
		r = add_report(view, root, &members.addresses[i], 1);
	pci_address_list_release(&members);
	return r;
}

static int read_host(struct host_view *view, const struct host_root *root,
		     const struct pci_device_list *devices)
{
	struct pci_address_list all = {0};
	int r = host_resolve_all(devices, &all);

	view->common = true;
	if (r == 0 && all.n_addresses > 0)
		r = add_report(view, root, all.addresses, all.n_addresses);
	pci_address_list_release(&all);
	return r;
}

int host_view_read(const struct host_root *root, const struct finding_subject *subject,
		   struct host_view *ret)
{
	struct host_view view = {.subject = *subject};
	struct pci_device_list devices = {0};
	int r = host_pci_list(root, &devices);

	view.subject.summary = NULL;
	if (r == 0 && subject->has_device)
		r = read_device(&view, root, &devices);
	else if (r == 0 && subject->group >= 0)
		r = read_group(&view, root, &devices);
	else if (r == 0)
		r = read_host(&view, root, &devices);
	else if (r != -ENOMEM)
		r = 0;
	pci_device_list_release(&devices);
	if (!view.problem && view.n_reports == 0)
		view.problem = "nothing could be read";
	*ret = view;
	return r;
}

void host_view_release(struct host_view *view)
{
	for (size_t i = 0; i < view->n_reports; i++)
		check_report_release(&view->reports[i]);
	free(view->reports);
	evidence_set_release(&view->absent);
	*view = (struct host_view){0};
}

/* Calls @f for every device of @view until it gives false; whether it never did. */
#define FOR_EACH_DEVICE(view, device)                                                              \
	for (size_t r_ = 0; r_ < (view)->n_reports; r_++)                                          \
		for (const struct device_report *device = (view)->reports[r_].devices;             \
		     device < (view)->reports[r_].devices + (view)->reports[r_].n_devices;         \
		     device++)

static void add_observation(struct evidence_set *why, const struct evidence_set *from,
			    const struct rule_need *need)
{
	const struct observation *seen = evidence_set_find(from, need->evidence);
	const struct observation *known = seen ? evidence_set_find(why, need->evidence) : NULL;

	if (known && strcmp(known->where, seen->where) == 0)
		return;
	if (seen)
		evidence_set_add(why, need->evidence, need->wanted, seen->source, seen->where,
				 seen->value);
	else /* a fact that has no file of its own */
		evidence_set_add(why, need->evidence, need->wanted, SOURCE_SYSFS,
				 evidence_question(need->evidence),
				 need->wanted == TRUTH_YES ? "yes" : "no");
}

bool host_view_holds(const struct host_view *view, const struct rule_need *needs, size_t n_needs,
		     struct evidence_set *why)
{
	for (size_t i = 0; !view->problem && i < n_needs; i++) {
		const struct device_report *first = NULL;
		bool holds = true;

		FOR_EACH_DEVICE(view, device)
		{
			if (!first)
				first = device;
			if (device->evidence.truth[needs[i].evidence] != needs[i].wanted)
				holds = false;
		}
		if (!first || !holds)
			continue;
		add_observation(why, &first->evidence, &needs[i]);
		return true;
	}
	return false;
}

/* Whether the passive rules of `check` found @verdict for @device, as its own or beside it. */
static bool device_shows(const struct device_report *device, enum verdict verdict)
{
	if (device->outcome == OUTCOME_FAIL) {
		if (device->verdict == verdict)
			return true;
		for (size_t i = 0; i < device->n_alternatives; i++)
			if (device->alternatives[i].verdict == verdict)
				return true;
	}
	for (size_t i = 0; i < device->n_warnings; i++)
		if (device->warnings[i].verdict == verdict)
			return true;
	return false;
}

/* The facts that a passive rule for @verdict rests on. */
static void add_reasons(const struct device_report *device, enum verdict verdict,
			struct evidence_set *why)
{
	for (size_t i = 0; i < rules_count; i++) {
		const struct rule *rule = &rules_table[i];
		bool holds = rule->path == PATH_PASSIVE && rule->verdict == verdict;

		for (size_t n = 0; holds && n < rule->n_needs; n++)
			holds = device->evidence.truth[rule->needs[n].evidence] ==
				rule->needs[n].wanted;
		for (size_t n = 0; holds && n < rule->n_needs; n++)
			add_observation(why, &device->evidence, &rule->needs[n]);
		if (holds)
			return;
	}
}

static bool proves_by_rule(const struct host_view *view, enum verdict verdict,
			   struct evidence_set *why, const struct device_report **ret_report)
{
	const struct device_report *shows = NULL;
	size_t n = 0, n_shows = 0;

	FOR_EACH_DEVICE(view, device)
	{
		n++;
		if (!device_shows(device, verdict))
			continue;
		n_shows++;
		if (!shows)
			shows = device;
	}
	if (!shows || (view->common && n_shows < n))
		return false;
	add_reasons(shows, verdict, why);
	if (shows->outcome == OUTCOME_FAIL && shows->verdict == verdict)
		*ret_report = shows;
	return true;
}

bool host_view_proves(const struct host_view *view, enum verdict verdict,
		      const struct rule_need *proves, size_t n_proves, struct evidence_set *why,
		      const struct device_report **ret_report)
{
	*ret_report = NULL;
	for (size_t i = 0; i < n_proves; i++)
		if (view->absent.truth[proves[i].evidence] == proves[i].wanted) {
			add_observation(why, &view->absent, &proves[i]);
			return true;
		}
	if (view->problem)
		return false;
	return proves_by_rule(view, verdict, why, ret_report) ||
	       host_view_holds(view, proves, n_proves, why);
}

const struct device_report *host_view_worst(const struct host_view *view)
{
	const struct device_report *first = NULL;

	FOR_EACH_DEVICE(view, device)
	{
		if (device->outcome == OUTCOME_FAIL)
			return device;
		if (!first)
			first = device;
	}
	return first;
}
