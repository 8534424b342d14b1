/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/domain.h"
#include "diagnosis/domain_evidence.h"
#include "diagnosis/domain_verdict.h"
#include "domain/memlock.h"

/* Whether @index is the first subject of its group. */
static bool begins_group(const struct check *check, size_t index)
{
	const struct subject *subject = &check->subjects[index];

	for (size_t i = 0; subject->has_group && i < index; i++)
		if (check->subjects[i].has_group &&
		    check->subjects[i].group.number == subject->group.number)
			return false;
	return subject->has_group;
}

/* The groups of what is opened through QEMU's own VFIO devices, as against its NVMe driver. */
static size_t count_groups(const struct check *check)
{
	size_t groups = 0;

	for (size_t i = 0; i < check->n_subjects; i++)
		if (begins_group(check, i))
			groups++;
	return groups;
}

/* Names of mediated devices that this host does not have, as one string; NULL: none. */
static int list_missing_mdevs(const struct check *check, char **ret)
{
	const struct guest_domain *guest = check->options->guest;
	size_t size = 0;
	FILE *out = open_memstream(ret, &size);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < guest->n_hostdevs; i++) {
		const char *uuid = guest->hostdevs[i].uuid;

		if (uuid && host_root_exists(check->root, "/sys/bus/mdev/devices/%s", uuid) == 0)
			fprintf(out, "%s%s", ftell(out) > 0 ? ", " : "", uuid);
	}
	if (fclose(out) != 0)
		return -ENOMEM;
	if (size == 0) {
		free(*ret);
		*ret = NULL;
	}
	return 0;
}

/* The devices of one group, and the elements of the definition that name them. */
struct domain_group {
	struct domain_group_view view;
	struct pci_address *devices;
	size_t n_devices;
};

static int collect(const struct check *check, size_t first, struct domain_group *group)
{
	const struct guest_domain *guest = check->options->guest;
	const struct subject *subject = &check->subjects[first];
	const struct fact_text *iommu = &subject->device.iommu;

	group->devices = calloc(check->n_subjects, sizeof(*group->devices));
	group->view.members = calloc(guest->n_hostdevs, sizeof(*group->view.members));
	if (!group->devices || !group->view.members)
		return -ENOMEM;
	group->view.group = &subject->group;
	group->view.iommu = iommu->state == FACT_KNOWN ? iommu->text : NULL;
	if (group->view.iommu)
		group->view.width = host_iommu_width(check->root, group->view.iommu);
	for (size_t i = first; i < check->n_subjects; i++) {
		const struct subject *member = &check->subjects[i];

		if (!member->has_group || member->group.number != subject->group.number)
			continue;
		group->devices[group->n_devices++] = member->device.address;
		for (size_t h = 0; h < guest->n_hostdevs; h++)
			if (!guest->hostdevs[h].uuid &&
			    pci_address_equal(&guest->hostdevs[h].address, &member->device.address))
				group->view.members[group->view.n_members++] =
					(struct domain_member){&guest->hostdevs[h],
							       &member->device.driver};
	}
	return 0;
}

static int judge_group(const struct check *check, const struct domain_view *view, size_t first,
		       struct domain_report *report)
{
	struct domain_group group = {0};
	struct evidence_set evidence = {0};
	int result = collect(check, first, &group);

	if (result == 0) {
		const struct domain_scope scope = {
			.host = view->host,
			.iommu = group.view.iommu,
			.group = {FACT_KNOWN, (uint64_t)group.view.group->number},
			.devices = group.devices,
			.n_devices = group.n_devices,
		};

		domain_group_evidence_add(view, &group.view, &evidence);
		result = diagnose_domain(&scope, &evidence, report);
	}
	free(group.devices);
	free(group.view.members);
	return result;
}

static int judge_whole(const struct domain_view *view, struct domain_report *report)
{
	const struct domain_scope scope = {.host = view->host};
	struct evidence_set evidence = {0};

	domain_evidence_add(view, &evidence);
	return diagnose_domain(&scope, &evidence, report);
}

/* Who reads only about a device is told as well. */
static int warn_devices(struct check *check, const struct domain_report *report)
{
	int result = 0;

	for (size_t f = 0; f < report->n_findings; f++) {
		const struct domain_finding *finding = &report->findings[f];

		for (size_t d = 0; result == 0 && d < finding->n_devices; d++)
			for (size_t i = 0; result == 0 && i < check->n_subjects; i++) {
				struct device_report *device = &check->reports[i];

				if (finding->outcome == OUTCOME_UNKNOWN ||
				    !pci_address_equal(&device->address, &finding->devices[d]))
					continue;
				result = device_report_add_warning(device, finding->verdict,
								   finding->summary);
				if (device->outcome == OUTCOME_PASS)
					device->outcome = OUTCOME_WARN;
			}
	}
	return result;
}

/* The guest starts where nothing is found about it and all its devices can be assigned. */
static void conclude(const struct check *check, const struct together_report *together,
		     struct domain_report *report)
{
	report->outcome = OUTCOME_PASS;
	report->verdict = VERDICT_ASSIGNABLE;
	report->confidence = CONFIDENCE_LIKELY;
	for (size_t i = 0; i < check->n_subjects; i++) {
		const struct device_report *device = &check->reports[i];

		domain_report_conclude(report, device->outcome, device->verdict,
				       device->confidence);
	}
	/* Whether they share IOMMU domains is no condition: what is not measured of it is no doubt. */
	if (together->asked && together->outcome != OUTCOME_UNKNOWN)
		domain_report_conclude(report, together->outcome, together->verdict,
				       together->confidence);
	for (size_t i = 0; i < report->n_findings; i++) {
		const struct domain_finding *finding = &report->findings[i];

		domain_report_conclude(report, finding->outcome, finding->verdict,
				       finding->confidence);
	}
}

/* Which hostdevs are virtual functions, and of whom. */
static int name_physical_functions(const struct check *check, struct domain_report *report)
{
	const struct guest_domain *guest = report->guest;

	report->physical_functions =
		calloc(guest->n_hostdevs ? guest->n_hostdevs : 1, sizeof(char *));
	if (!report->physical_functions)
		return -ENOMEM;
	for (size_t i = 0; i < check->n_subjects; i++) {
		const struct pci_device *device = &check->subjects[i].device;

		for (size_t h = 0; h < guest->n_hostdevs; h++) {
			if (device->physfn.state != FACT_KNOWN || guest->hostdevs[h].uuid ||
			    report->physical_functions[h] ||
			    !pci_address_equal(&device->address, &guest->hostdevs[h].address))
				continue;
			report->physical_functions[h] = strdup(device->physfn.text);
			if (!report->physical_functions[h])
				return -ENOMEM;
		}
	}
	return 0;
}

static int judge(struct check *check, const struct domain_view *view,
		 const struct together_report *together, struct domain_report *report)
{
	int result = name_physical_functions(check, report);

	if (result == 0)
		result = judge_whole(view, report);
	for (size_t i = 0; result == 0 && i < check->n_subjects; i++)
		if (begins_group(check, i))
			result = judge_group(check, view, i, report);
	if (result == 0)
		result = warn_devices(check, report);
	conclude(check, together, report);
	return result;
}

int domain_answer(struct check *check, const struct together_report *together,
		  struct domain_report *ret)
{
	const struct guest_domain *guest = check->options->guest;
	struct domain_report report = {.guest = guest};
	AUTO_FREE char *missing = NULL;
	struct host_capacity capacity;
	struct guest_memory_map map;
	int result = list_missing_mdevs(check, &missing);

	host_capacity_read(check->root, &capacity);
	map = guest_memory_map(guest, capacity.cpu_amd);
	report.memlock = memlock_forecast(guest, count_groups(check));
	if (map.state == FACT_KNOWN)
		report.memory_top = (struct fact_number){FACT_KNOWN, guest_memory_map_top(&map)};
	if (result == 0) {
		const struct domain_view view = {
			.guest = guest,
			.map = &map,
			.memlock = &report.memlock,
			.host = &check->host,
			.capacity = &capacity,
			.missing_mdevs = missing,
			.hugepages_known = guest->hugepage_size.state != FACT_UNKNOWN,
			.hugepages_free =
				host_hugepages_free(check->root, guest->hugepage_size.number),
		};

		result = judge(check, &view, together, &report);
	}
	if (result < 0)
		domain_report_release(&report);
	*ret = report;
	return result;
}
