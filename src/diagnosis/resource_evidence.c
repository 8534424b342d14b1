/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "diagnosis/evidence_words.h"
#include "diagnosis/resource_evidence.h"

static const char *known_or(const struct fact_text *fact, const char *otherwise)
{
	return fact->state == FACT_KNOWN ? fact->text : otherwise;
}

static void add_power(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;
	const struct fact_text *status = &device->runtime_status;
	enum truth failed = TRUTH_UNKNOWN;

	if (status->state == FACT_KNOWN)
		failed = truth_of(strcmp(status->text, "error") == 0);
	evidence_set_add(set, EVIDENCE_POWER_ERROR, failed, SOURCE_SYSFS,
			 device_attribute(view, "power/runtime_status"), status->text);
	if (device->power_state.state == FACT_KNOWN)
		evidence_set_add(set, EVIDENCE_NONE, TRUTH_UNKNOWN, SOURCE_SYSFS,
				 device_attribute(view, "power_state"), device->power_state.text);
	if (device->upstream_power_control.state == FACT_KNOWN &&
	    device->upstream_runtime_status.state == FACT_KNOWN)
		evidence_set_addf(set, EVIDENCE_NONE, TRUTH_UNKNOWN, SOURCE_SYSFS,
				  "power of the function above",
				  "%s: control %s, %s, state %s, d3cold_allowed %s",
				  device->upstream.text, device->upstream_power_control.text,
				  device->upstream_runtime_status.text,
				  known_or(&device->upstream_power_state, "unknown"),
				  known_or(&device->upstream_d3cold_allowed, "unknown"));
}

static void add_bars(const struct device_view *view, struct evidence_set *set)
{
	const struct pci_device *device = view->device;

	if (device->bars_state != FACT_KNOWN) {
		set->truth[EVIDENCE_BAR_UNASSIGNED] = TRUTH_UNKNOWN;
		return;
	}
	set->truth[EVIDENCE_BAR_UNASSIGNED] = TRUTH_NO;
	for (int i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &device->bars[i];

		if (bar->unassigned)
			evidence_set_addf(set, EVIDENCE_BAR_UNASSIGNED, TRUTH_YES, SOURCE_SYSFS,
					  device_attribute(view, "resource"),
					  "BAR %d of 0x%llx bytes", i,
					  (unsigned long long)(bar->last - bar->first + 1));
	}
}

void resource_evidence_add(const struct device_view *view, struct evidence_set *set)
{
	const struct fact_text *framebuffer = &view->device->framebuffer;

	add_power(view, set);
	add_bars(view, set);
	set->truth[EVIDENCE_FRAMEBUFFER] =
		framebuffer->state == FACT_ABSENT ? TRUTH_NO : TRUTH_UNKNOWN;
	if (framebuffer->state == FACT_KNOWN)
		evidence_set_add(set, EVIDENCE_FRAMEBUFFER, TRUTH_YES, SOURCE_PROCFS, "/proc/iomem",
				 framebuffer->text);
}
