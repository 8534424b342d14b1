/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/host_check.h"
#include "host/boot_binding.h"

#define ID "boot-binding"
#define SUBJECT "who binds devices at boot"

static const char *driver_of(const struct pci_device *device)
{
	return device->driver.state == FACT_KNOWN    ? device->driver.text
	       : device->driver.state == FACT_ABSENT ? "no driver"
						     : "an unknown driver";
}

static bool has_vfio(const struct pci_device *device)
{
	return device->driver.state == FACT_KNOWN && driver_is_vfio(device->driver.text);
}

/* What one id catches: each function with its driver. */
struct catch
{
	size_t n;
	size_t n_lost; /* on another driver, or on none */
	bool unknown;  /* of some function it could not be told */
	char *text;
};

static int find_catch(const struct boot_binding *binding, const struct pci_device_list *devices,
		      struct catch *ret)
{
	size_t size = 0;
	FILE *out = open_memstream(&ret->text, &size);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < devices->n_devices; i++) {
		const struct pci_device *device = &devices->devices[i];
		char name[PCI_ADDRESS_SIZE];

		switch (boot_binding_matches(binding, device)) {
		case TRUTH_UNKNOWN:
			ret->unknown = true;
			continue;
		case TRUTH_NO:
			continue;
		case TRUTH_YES:
			break;
		}
		fprintf(out, "%s%s (%s)", ret->n++ > 0 ? ", " : "",
			pci_address_format(&device->address, name), driver_of(device));
		ret->n_lost += !has_vfio(device);
	}
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

static int add_id(const struct boot_binding *binding, const struct pci_device_list *devices,
		  struct host_report *report)
{
	struct catch caught = {0};
	int r = find_catch(binding, devices, &caught);
	AUTO_FREE char *text = caught.text;

	if (r < 0)
		return r;
	/* A listing does not tell subsystem ids. */
	if (caught.n == 0 && caught.unknown)
		return host_report_add(report, ID, SUBJECT, HOST_SKIP, NULL,
				       "vfio-pci id %s (%s): what it catches was not measured",
				       binding->what, binding->where);
	if (caught.n == 0)
		return host_report_add(report, ID, SUBJECT, HOST_NOTE, "It can go",
				       "vfio-pci id %s (%s): no device has it", binding->what,
				       binding->where);
	if (caught.n_lost > 0)
		return host_report_add(
			report, ID, SUBJECT, HOST_WARN,
			"Another driver came first: let it wait (softdep DRIVER pre: vfio-pci in "
			"modprobe.d), and rebuild the initramfs where that loads it",
			"vfio-pci id %s (%s) did not catch all of %s", binding->what,
			binding->where, text);
	if (caught.n > 1)
		return host_report_add(
			report, ID, SUBJECT, HOST_WARN,
			"An id names every device of its kind; driver_override (driverctl) names "
			"one",
			"vfio-pci id %s (%s) catches %zu functions: %s", binding->what,
			binding->where, caught.n, text);
	return host_report_add(report, ID, SUBJECT, HOST_PASS, NULL, "vfio-pci id %s (%s): %s",
			       binding->what, binding->where, text);
}

static int add_override(const struct boot_binding *binding, const struct pci_device_list *devices,
			struct host_report *report)
{
	const struct pci_device *device = pci_device_list_find(devices, &binding->address);
	char name[PCI_ADDRESS_SIZE];

	pci_address_format(&binding->address, name);
	if (!device)
		return host_report_add(report, ID, SUBJECT, HOST_WARN,
				       "Addresses change when cards or firmware settings do: see "
				       "'iommu-diag list', and remove or rename the file",
				       "%s names %s, and there is no such device now",
				       binding->where, name);
	if (device->driver.state != FACT_KNOWN || strcmp(device->driver.text, binding->what) != 0)
		return host_report_add(report, ID, SUBJECT, HOST_WARN,
				       "Is it the device that was meant? Addresses change when "
				       "cards or firmware settings do",
				       "%s wants %s for %s, which has %s", binding->where,
				       binding->what, name, driver_of(device));
	return host_report_add(report, ID, SUBJECT, HOST_PASS, NULL, "%s: %s has %s",
			       binding->where, name, binding->what);
}

static int add_binding(const struct boot_binding *binding, const struct pci_device_list *devices,
		       struct host_report *report)
{
	switch (binding->kind) {
	case BOOT_IDS:
		return add_id(binding, devices, report);
	case BOOT_OVERRIDE:
		return add_override(binding, devices, report);
	case BOOT_SOFTDEP:
		return host_report_add(report, ID, SUBJECT, HOST_NOTE, NULL,
				       "%s waits for vfio-pci (%s)", binding->what, binding->where);
	case BOOT_BLACKLIST:
		break;
	}
	return 0;
}

/* Many distributions forbid dozens of modules; they are named in one line. */
static int add_blacklist(const struct boot_binding_list *list, struct host_report *report)
{
	AUTO_FREE char *text = NULL;
	size_t size = 0, n = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < list->n_bindings; i++)
		if (list->bindings[i].kind == BOOT_BLACKLIST)
			fprintf(out, "%s%s", n++ > 0 ? ", " : "", list->bindings[i].what);
	if (fclose(out) != 0)
		return -ENOMEM;
	return n == 0 ? 0
		      : host_report_add(report, ID, SUBJECT, HOST_NOTE, NULL,
					"not loaded by themselves: %s", text);
}

int host_check_boot(const struct host_root *root, const struct pci_device_list *devices,
		    struct host_report *report)
{
	struct boot_binding_list list;
	size_t before = report->n_lines;
	int r = host_boot_bindings_read(root, &list);

	for (size_t i = 0; r == 0 && i < list.n_bindings; i++)
		r = add_binding(&list.bindings[i], devices, report);
	if (r == 0)
		r = add_blacklist(&list, report);
	if (r == 0 && report->n_lines == before)
		r = host_report_add(report, ID, SUBJECT, HOST_PASS, NULL,
				    "nothing but the kernel's own matching");
	boot_binding_list_release(&list);
	return r;
}
