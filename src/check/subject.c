/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check/subject.h"
#include "diagnosis/verdict.h"
#include "host/group.h"
#include "host/iommu_function.h"
#include "host/modules.h"

static int read_members(const struct check *check, struct subject *subject)
{
	const struct iommu_group *group = &subject->group;

	subject->members =
		calloc(group->n_members ? group->n_members : 1, sizeof(*subject->members));
	if (!subject->members)
		return -ENOMEM;
	for (size_t i = 0; i < group->n_members; i++) {
		int result = host_pci_read_detail(check->root, &group->members[i],
						  &subject->members[subject->n_members]);

		if (result == -ENOMEM)
			return result;
		/* One that vanished meanwhile is no member any more. */
		if (result == 0)
			subject->n_members++;
	}
	return 0;
}

static int read_group(const struct check *check, struct subject *subject)
{
	int result;

	if (subject->device.group.state != FACT_KNOWN)
		return 0;
	result = host_group_read(check->root, (int)subject->device.group.number, &subject->group);
	if (result < 0)
		return result == -ENOMEM ? result : 0;
	subject->has_group = true;
	return read_members(check, subject);
}

/* Whom a reset of its bus would hit: no answer is no reason to stop. */
static int read_neighbours(const struct check *check, struct subject *subject)
{
	int result = host_pci_list_bus(check->root, &subject->device.address, &subject->neighbours);

	subject->neighbours_known = result == 0;
	return result == -ENOMEM ? result : 0;
}

/* --driver= names a driver; its module has the same name, with the kernel's spelling. */
static int choose_driver(const struct check *check, struct subject *subject)
{
	const char *release = check->host.kernel_release.text;

	if (check->options->driver) {
		subject->driver = strdup(check->options->driver);
		subject->module = strdup(check->options->driver);
		if (!subject->driver || !subject->module)
			return -ENOMEM;
		for (char *c = subject->module; *c; c++)
			if (*c == '-')
				*c = '_';
	} else {
		int result = host_module_vfio_driver(check->root, release ? release : "",
						     &subject->device, &subject->module,
						     &subject->driver);

		if (result == -ENOMEM)
			return result;
		if (result < 0) {
			subject->module = strdup("vfio_pci");
			subject->driver = strdup("vfio-pci");
			if (!subject->module || !subject->driver)
				return -ENOMEM;
		}
	}
	subject->module_state =
		host_module_state(check->root, release ? release : "", subject->module);
	return 0;
}

int subject_read(const struct check *check, const struct pci_address *address, struct subject *ret)
{
	struct subject subject = {0};
	int result = host_pci_read_detail(check->root, address, &subject.device);

	if (result == 0)
		result = read_group(check, &subject);
	if (result == 0)
		result = read_neighbours(check, &subject);
	if (result == 0)
		result = choose_driver(check, &subject);
	if (result < 0) {
		subject_release(&subject);
		return result;
	}
	subject.is_iommu_function = host_iommu_is_function(check->root, address);
	*ret = subject;
	return 0;
}

void subject_release(struct subject *subject)
{
	for (size_t i = 0; i < subject->n_members; i++)
		pci_device_release(&subject->members[i]);
	free(subject->members);
	pci_device_list_release(&subject->neighbours);
	iommu_group_release(&subject->group);
	pci_device_release(&subject->device);
	free(subject->module);
	free(subject->driver);
	*subject = (struct subject){0};
}

struct device_view subject_view(const struct check *check, const struct subject *subject)
{
	return (struct device_view){
		.host = &check->host,
		.device = &subject->device,
		.group = subject->has_group ? &subject->group : NULL,
		.members = subject->members,
		.n_members = subject->n_members,
		.moved_along = check->movable,
		.n_moved_along = check->n_movable,
		.neighbours = subject->neighbours.devices,
		.n_neighbours = subject->neighbours.n_devices,
		.neighbours_known = subject->neighbours_known,
		.holders = check->holders_read ? &check->holders : NULL,
		.driver_module = subject->module_state,
		.driver_module_name = subject->module,
		.is_iommu_function = subject->is_iommu_function,
	};
}

int subject_judge(struct check *check, size_t index)
{
	struct device_view view = subject_view(check, &check->subjects[index]);
	struct device_report *report = &check->reports[index];

	check->subjects[index].judged = true;
	if (check->options->path == PATH_CHOICE_AUTO)
		return diagnose_passive_paths(&view, report);
	return diagnose_passive(&view, report,
				check->options->path == PATH_CHOICE_IOMMUFD ? PATH_IOMMUFD
									    : PATH_TYPE1);
}

bool subject_moves(const struct subject *subject)
{
	return subject->device.driver.state != FACT_KNOWN ||
	       !driver_is_vfio(subject->device.driver.text);
}

bool subject_group_is_vfio(const struct subject *subject)
{
	bool any = false;

	for (size_t i = 0; i < subject->n_members; i++) {
		const struct pci_device *member = &subject->members[i];

		if (pci_device_is_bridge(member) == TRUTH_YES)
			continue;
		if (member->driver.state != FACT_KNOWN || !driver_is_vfio(member->driver.text))
			return false;
		any = true;
	}
	return any;
}
