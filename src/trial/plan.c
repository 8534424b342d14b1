/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/step.h"
#include "trial/plan.h"

static char *copy_known(const struct fact_text *fact)
{
	return fact->state == FACT_KNOWN ? strdup(fact->text) : NULL;
}

static bool copy_failed(const char *copy, const char *original)
{
	return original && !copy;
}

int trial_device_init(struct trial_device *trial, const struct pci_device *device,
		      const char *module, const char *trial_driver)
{
	*trial = (struct trial_device){0};
	if (device->driver.state == FACT_UNKNOWN || device->driver_override.state == FACT_UNKNOWN ||
	    device->vendor.state != FACT_KNOWN || device->device.state != FACT_KNOWN)
		return -ENODATA;
	*trial = (struct trial_device){
		.address = device->address,
		.vendor = (uint16_t)device->vendor.number,
		.device = (uint16_t)device->device.number,
		.group = device->group.state == FACT_KNOWN ? (int)device->group.number : -1,
		.driver = copy_known(&device->driver),
		.driver_override = copy_known(&device->driver_override),
		.power_control = copy_known(&device->power_control),
		.module = module ? strdup(module) : NULL,
		.trial_driver = trial_driver ? strdup(trial_driver) : NULL,
	};
	if (copy_failed(trial->driver, device->driver.text) ||
	    copy_failed(trial->driver_override, device->driver_override.text) ||
	    copy_failed(trial->power_control, device->power_control.text) ||
	    copy_failed(trial->module, module) || copy_failed(trial->trial_driver, trial_driver))
		return -ENOMEM;
	trial->moves = !trial->driver || !driver_is_vfio(trial->driver);
	return 0;
}

static const char *class_meaning(enum step step)
{
	switch (step_class(step)) {
	case STEP_CLASS_READ:
		return "leaves no trace";
	case STEP_CLASS_FD:
		return "ends when it is closed";
	case STEP_CLASS_RESET:
		return "resets the device, and again when it is closed";
	case STEP_CLASS_KNOB:
		return "undone afterwards";
	case STEP_CLASS_MODULE:
		return "stays loaded";
	}
	return "";
}

struct planned_step {
	enum step step;
	const char *what;
};

static void print_step(FILE *out, const char *who, enum step step, const char *what)
{
	fprintf(out, "%-13s %-27s %-36s (%s)\n", who, step_name(step), what, class_meaning(step));
}

static void print_moves(const struct trial_device *device, const char *who, FILE *out)
{
	const char *driver = device->trial_driver ? device->trial_driver : device->module;
	char what[128];

	if (device->module) {
		snprintf(what, sizeof(what), "modprobe %s", device->module);
		print_step(out, who, STEP_MODULE_LOAD, what);
	}
	if (!device->moves)
		return;
	snprintf(what, sizeof(what), "%s -> %s",
		 device->driver_override ? device->driver_override : "(null)", driver);
	print_step(out, who, STEP_SYSFS_DRIVER_OVERRIDE, what);
	if (device->driver)
		print_step(out, who, STEP_SYSFS_UNBIND, device->driver);
	print_step(out, who, STEP_SYSFS_BIND, driver);
}

static void print_type1(const struct trial_plan *plan, const char *group, FILE *out)
{
	static const enum step shared[] = {
		STEP_CONTAINER_OPEN,
		STEP_GROUP_OPEN,
		STEP_GROUP_GET_STATUS,
		STEP_GROUP_SET_CONTAINER,
		STEP_CONTAINER_CHECK_EXTENSION,
		STEP_CONTAINER_SET_IOMMU,
	};
	char name[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		print_step(out, group, shared[i], "");
	for (size_t i = 0; plan->opens_devices && i < plan->n_devices; i++) {
		pci_address_format(&plan->devices[i].address, name);
		print_step(out, name, STEP_GROUP_GET_DEVICE_FD, "");
		print_step(out, name, STEP_DEVICE_GET_INFO, "");
		print_step(out, name, STEP_DEVICE_GET_HOT_RESET_INFO, "");
	}
	if (plan->opens_devices) {
		print_step(out, group, STEP_CONTAINER_MAP_DMA, "one page of our own memory");
		print_step(out, group, STEP_CONTAINER_UNMAP_DMA, "");
	}
}

static void print_each(const struct trial_plan *plan, FILE *out, const enum step *steps,
		       size_t n_steps)
{
	char name[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < plan->n_devices; i++)
		for (size_t s = 0; s < n_steps; s++)
			print_step(out, pci_address_format(&plan->devices[i].address, name),
				   steps[s], "");
}

static void print_iommufd(const struct trial_plan *plan, const char *group, FILE *out)
{
	static const enum step open[] = {
		STEP_CDEV_OPEN,		  STEP_CDEV_BIND_IOMMUFD,
		STEP_DEVICE_GET_INFO,	  STEP_DEVICE_GET_HOT_RESET_INFO,
		STEP_IOMMUFD_GET_HW_INFO,
	};
	static const enum step attach[] = {STEP_CDEV_ATTACH_IOAS}, detach[] = {STEP_CDEV_DETACH};
	static const enum step own[] = {STEP_HWPT_ALLOC, STEP_CDEV_ATTACH_HWPT, STEP_CDEV_DETACH};

	print_step(out, group, STEP_IOMMUFD_OPEN, "");
	print_each(plan, out, open, sizeof(open) / sizeof(open[0]));
	print_step(out, group, STEP_IOAS_ALLOC, "");
	print_each(plan, out, attach, 1);
	print_step(out, group, STEP_IOAS_IOVA_RANGES, "");
	print_step(out, group, STEP_IOAS_MAP, "one page of our own memory");
	print_step(out, group, STEP_IOAS_UNMAP, "");
	print_each(plan, out, detach, 1);
	print_each(plan, out, own, sizeof(own) / sizeof(own[0]));
}

bool trial_plan_leads(const struct trial_plan *plan, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (plan->devices[i].group == plan->devices[index].group)
			return false;
	return true;
}

static bool is_first(const struct trial_plan *plan, size_t index)
{
	(void)plan;
	return index == 0;
}

static bool is_later_leader(const struct trial_plan *plan, size_t index)
{
	return index > 0 && trial_plan_leads(plan, index);
}

/* The steps of those devices for which @takes holds. */
static void print_some(const struct trial_plan *plan, FILE *out, const struct planned_step *steps,
		       size_t n_steps, bool (*takes)(const struct trial_plan *, size_t))
{
	char name[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < plan->n_devices; i++)
		for (size_t s = 0; takes(plan, i) && s < n_steps; s++)
			print_step(out, pci_address_format(&plan->devices[i].address, name),
				   steps[s].step, steps[s].what);
}

static void print_joint_type1(const struct trial_plan *plan, const char *group, FILE *out)
{
	static const struct planned_step first[] = {
		{STEP_GROUP_OPEN, ""},		{STEP_GROUP_GET_STATUS, ""},
		{STEP_GROUP_SET_CONTAINER, ""}, {STEP_CONTAINER_CHECK_EXTENSION, ""},
		{STEP_CONTAINER_SET_IOMMU, ""},
	};
	static const struct planned_step later[] = {
		{STEP_GROUP_OPEN, ""},
		{STEP_GROUP_GET_STATUS, ""},
		{STEP_GROUP_SET_CONTAINER, "that of the first group"},
	};

	print_step(out, group, STEP_CONTAINER_OPEN, "");
	print_some(plan, out, first, sizeof(first) / sizeof(first[0]), is_first);
	print_some(plan, out, later, sizeof(later) / sizeof(later[0]), is_later_leader);
	print_step(out, group, STEP_CONTAINER_MAP_DMA, "one page of our own memory");
	print_step(out, group, STEP_CONTAINER_UNMAP_DMA, "");
}

static void print_joint_iommufd(const struct trial_plan *plan, const char *group, FILE *out)
{
	static const struct planned_step open[] = {
		{STEP_CDEV_OPEN, ""},
		{STEP_CDEV_BIND_IOMMUFD, ""},
	};
	static const struct planned_step own[] = {
		{STEP_HWPT_ALLOC, ""},
		{STEP_CDEV_ATTACH_HWPT, "a domain of its own"},
		{STEP_CDEV_DETACH, ""},
	};
	static const struct planned_step first[] = {
		{STEP_CDEV_ATTACH_HWPT, "its own domain"},
	};
	static const struct planned_step later[] = {
		{STEP_CDEV_ATTACH_HWPT, "the first device's, else its own"},
	};
	static const struct planned_step detach[] = {{STEP_CDEV_DETACH, ""}};

	print_step(out, group, STEP_IOMMUFD_OPEN, "");
	print_some(plan, out, open, sizeof(open) / sizeof(open[0]), trial_plan_leads);
	print_step(out, group, STEP_IOAS_ALLOC, "");
	print_some(plan, out, own, sizeof(own) / sizeof(own[0]), trial_plan_leads);
	print_some(plan, out, first, 1, is_first);
	print_some(plan, out, later, 1, is_later_leader);
	print_step(out, group, STEP_IOAS_IOVA_RANGES, "");
	print_step(out, group, STEP_IOAS_MAP, "one page of our own memory");
	print_step(out, group, STEP_IOAS_UNMAP, "");
	print_some(plan, out, detach, 1, trial_plan_leads);
}

static void print_paths(const struct trial_plan *plan, const char *group, FILE *out)
{
	if (plan->takes_type1 && plan->joint)
		print_joint_type1(plan, group, out);
	else if (plan->takes_type1)
		print_type1(plan, group, out);
	if (plan->takes_iommufd && plan->joint)
		print_joint_iommufd(plan, group, out);
	else if (plan->takes_iommufd)
		print_iommufd(plan, group, out);
}

void trial_plan_print(const struct trial_plan *plan, FILE *out)
{
	char name[PCI_ADDRESS_SIZE], group[24];

	if (plan->joint)
		snprintf(group, sizeof(group), "together");
	else if (plan->group >= 0)
		snprintf(group, sizeof(group), "group %d", plan->group);
	else
		snprintf(group, sizeof(group), "its group");
	if (plan->backend_module)
		print_step(out, group, STEP_MODULE_LOAD, plan->backend_module);
	if (plan->iommufd_module)
		print_step(out, group, STEP_MODULE_LOAD, plan->iommufd_module);
	for (size_t i = 0; i < plan->n_devices; i++)
		print_moves(&plan->devices[i], pci_address_format(&plan->devices[i].address, name),
			    out);
	print_paths(plan, group, out);
	for (size_t i = 0; i < plan->n_devices; i++)
		if (plan->devices[i].moves)
			print_step(out, pci_address_format(&plan->devices[i].address, name),
				   STEP_SYSFS_RESTORE,
				   plan->devices[i].driver ? plan->devices[i].driver : "unbound");
}

void trial_plan_release(struct trial_plan *plan)
{
	for (size_t i = 0; i < plan->n_devices; i++) {
		struct trial_device *device = &plan->devices[i];

		free(device->driver);
		free(device->driver_override);
		free(device->power_control);
		free(device->module);
		free(device->trial_driver);
	}
	free(plan->devices);
	*plan = (struct trial_plan){0};
}
