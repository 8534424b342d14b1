/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/domain_writer.h"

static void add_hostdevs(struct json_out *out, struct json_object *parent,
			 const struct domain_report *report)
{
	const struct guest_domain *guest = report->guest;
	struct json_object *array = json_add_array(out, parent, "hostdevs");

	for (size_t i = 0; i < guest->n_hostdevs; i++) {
		const struct guest_hostdev *hostdev = &guest->hostdevs[i];
		struct json_object *object = json_add_object(out, array, NULL);

		json_add_text(out, object, "kind", guest_hostdev_kind_name(hostdev->kind));
		if (hostdev->uuid)
			json_add_null(out, object, "address");
		else
			json_add_address(out, object, "address", &hostdev->address);
		json_add_text(out, object, "uuid", hostdev->uuid);
		json_add_text(out, object, "vf_of", report->physical_functions[i]);
		json_add_bool(out, object, "managed", hostdev->managed);
		json_add_bool(out, object, "iommufd", hostdev->iommufd);
		json_add_number(out, object, "line", (int64_t)hostdev->line);
	}
	array = json_add_array(out, parent, "unresolved");
	for (size_t i = 0; i < guest->n_networks; i++) {
		struct json_object *object = json_add_object(out, array, NULL);

		json_add_text(out, object, "network", guest->networks[i].name);
		json_add_number(out, object, "line", (int64_t)guest->networks[i].line);
	}
}

static void add_memory(struct json_out *out, struct json_object *parent,
		       const struct domain_report *report)
{
	const struct memlock_forecast *memlock = &report->memlock;
	struct json_object *object = json_add_object(out, parent, "memory");

	json_add_fact_number(out, object, "total", &report->guest->memory);
	json_add_fact_number(out, object, "maximum", &report->guest->memory_maximum);
	json_add_fact_hex(out, object, "top", &report->memory_top, 0);
	object = json_add_object(out, parent, "memlock");
	json_add_fact_number(out, object, "limit", &memlock->limit);
	json_add_text(out, object, "source", memlock_source_name(memlock->source));
	json_add_fact_number(out, object, "needed", &memlock->needed);
	json_add_number(out, object, "address_spaces", (int64_t)memlock->spaces);
	json_add_text(out, object, "accounting",
		      memlock->spaces == 0	      ? NULL
		      : memlock->iommufd == TRUTH_YES ? "iommufd"
						      : "type1");
}

static void add_iommu(struct json_out *out, struct json_object *parent,
		      const struct guest_iommu *iommu)
{
	struct json_object *object;

	if (iommu->model == GUEST_IOMMU_NONE) {
		json_add_null(out, parent, "iommu");
		return;
	}
	object = json_add_object(out, parent, "iommu");
	json_add_text(out, object, "model", iommu->name);
	json_add_truth(out, object, "caching_mode", iommu->caching_mode);
	json_add_truth(out, object, "intremap", iommu->interrupt_remapping);
	json_add_truth(out, object, "dma_translation", iommu->translation);
	json_add_fact_number(out, object, "aw_bits", &iommu->width);
}

static void add_findings(struct json_out *out, struct json_object *parent,
			 const struct domain_report *report)
{
	struct json_object *array = json_add_array(out, parent, "findings");

	for (size_t i = 0; i < report->n_findings; i++) {
		const struct domain_finding *finding = &report->findings[i];
		struct json_object *object = json_add_object(out, array, NULL);
		struct json_object *devices;

		json_add_text(out, object, "outcome", outcome_name(finding->outcome));
		json_add_text(out, object, "verdict", verdict_id(finding->verdict));
		json_add_text(out, object, "confidence", confidence_name(finding->confidence));
		json_add_text(out, object, "summary", finding->summary);
		json_add_text(out, object, "explanation", finding->explanation);
		json_add_texts(out, object, "fix", finding->fixes, finding->n_fixes);
		devices = json_add_array(out, object, "devices");
		for (size_t d = 0; d < finding->n_devices; d++)
			json_add_address(out, devices, NULL, &finding->devices[d]);
	}
}

void domain_write_json(struct json_out *out, struct json_object *parent,
		       const struct domain_report *report)
{
	struct json_object *object;

	if (!report) {
		json_add_null(out, parent, "domain");
		return;
	}
	object = json_add_object(out, parent, "domain");
	json_add_text(out, object, "name", report->guest->name);
	json_add_text(out, object, "uuid", report->guest->uuid);
	json_add_text(out, object, "machine", report->guest->machine);
	json_add_text(out, object, "outcome", outcome_name(report->outcome));
	json_add_text(out, object, "verdict", verdict_id(report->verdict));
	json_add_text(out, object, "confidence", confidence_name(report->confidence));
	add_hostdevs(out, object, report);
	add_memory(out, object, report);
	add_iommu(out, object, &report->guest->iommu);
	add_findings(out, object, report);
	json_add_evidence(out, object, "evidence", &report->evidence);
}
