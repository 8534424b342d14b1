/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/evidence_words.h"
#include "diagnosis/reset_evidence.h"

/* Whether @methods ("flr bus") names one that resets this function alone. */
static bool has_function_reset(const char *methods)
{
	while (*methods != '\0') {
		size_t length = strcspn(methods, " ");

		if (length > 0 && !(length == 3 && strncmp(methods, "bus", length) == 0) &&
		    !(length == 7 && strncmp(methods, "cxl_bus", length) == 0))
			return true;
		methods += length;
		methods += strspn(methods, " ");
	}
	return false;
}

static bool goes_along(const struct device_view *view, const struct pci_device *other)
{
	for (size_t i = 0; i < view->n_moved_along; i++)
		if (pci_address_equal(&view->moved_along[i], &other->address))
			return true;
	/* A member of the group on a VFIO driver belongs to whoever owns the group. */
	return other->driver.state == FACT_KNOWN && driver_is_vfio(other->driver.text) &&
	       other->group.state == FACT_KNOWN && view->device->group.state == FACT_KNOWN &&
	       other->group.number == view->device->group.number;
}

static void print_neighbour(FILE *out, const struct pci_device *other)
{
	char name[PCI_ADDRESS_SIZE];

	fprintf(out, "%s (%s", pci_address_format(&other->address, name),
		other->driver.state == FACT_KNOWN ? other->driver.text : "no driver");
	if (other->group.state == FACT_KNOWN)
		fprintf(out, ", group %llu", (unsigned long long)other->group.number);
	fputc(')', out);
}

static void add_neighbours(const struct device_view *view, struct evidence_set *set)
{
	const char *separator = "";
	AUTO_FREE char *value = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&value, &size);
	enum truth foreign = TRUTH_NO;

	if (!out) {
		set->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < view->n_neighbours; i++) {
		if (goes_along(view, &view->neighbours[i]))
			continue;
		fputs(separator, out);
		print_neighbour(out, &view->neighbours[i]);
		separator = ", ";
		foreign = TRUTH_YES;
	}
	fclose(out);
	evidence_set_add(set, EVIDENCE_RESET_FOREIGN, foreign, SOURCE_SYSFS,
			 "other functions on the bus", foreign == TRUTH_YES ? value : "absent");
}

/*
 * "bus" is offered to the first function of a bus, which had no neighbours when it was found;
 * with neighbours it answers ENOTTY (drivers/pci/pci.c pci_parent_bus_reset; lab).
 */
static enum truth resets_alone(const struct device_view *view)
{
	const struct fact_text *methods = &view->device->reset_method;

	if (methods->state == FACT_ABSENT)
		return TRUTH_NO;
	if (methods->state == FACT_UNKNOWN)
		return TRUTH_UNKNOWN;
	if (has_function_reset(methods->text))
		return TRUTH_YES;
	return view->neighbours_known ? truth_of(view->n_neighbours == 0) : TRUTH_UNKNOWN;
}

void reset_evidence_add(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;
	const struct fact_text *methods = &device->reset_method;
	enum truth own = resets_alone(view);

	evidence_set_add(set, EVIDENCE_RESET_OWN, own, SOURCE_SYSFS,
			 device_attribute(view, "reset_method"),
			 methods->state == FACT_KNOWN	 ? methods->text
			 : methods->state == FACT_ABSENT ? "absent"
							 : NULL);
	set->truth[EVIDENCE_RESET_BUS] = TRUTH_UNKNOWN;
	if (device->upstream.state != FACT_UNKNOWN)
		evidence_set_add(set, EVIDENCE_RESET_BUS,
				 truth_of(device->upstream.state == FACT_KNOWN), SOURCE_SYSFS,
				 "the function above",
				 device->upstream.state == FACT_KNOWN ? device->upstream.text
								      : "absent, a root bus");
	if (own == TRUTH_NO && view->neighbours_known)
		add_neighbours(view, set);
}
