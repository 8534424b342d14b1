/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "domain/devices.h"
#include "domain/xml_library.h"

/* What QEMU and libvirt give an emulated display that says nothing of its memory. */
#define VIDEO_MEMORY_DEFAULT (16u << 20)

/* One more element of the array that *@array holds; NULL without memory. */
static void *grow(struct domain_reader *reader, void **array, size_t *n, size_t size)
{
	void *grown = reallocarray(*array, *n + 1, size);

	if (!grown) {
		reader->out_of_memory = true;
		return NULL;
	}
	*array = grown;
	return memset((char *)grown + (*n)++ * size, 0, size);
}

static struct guest_hostdev *add_hostdev(struct domain_reader *reader, struct guest_domain *guest,
					 const xmlNode *node, enum guest_hostdev_kind kind)
{
	const xmlNode *place = element_child(node, "address");
	const xmlNode *driver = element_child(node, "driver");
	/* Of a disk it is an attribute of the source. */
	const xmlNode *owner = kind == GUEST_HOSTDEV_NVME ? element_child(node, "source") : node;
	struct guest_hostdev *hostdev = grow(reader, (void **)&guest->hostdevs, &guest->n_hostdevs,
					     sizeof(*guest->hostdevs));

	if (!hostdev)
		return NULL;
	hostdev->kind = kind;
	hostdev->line = (unsigned long)xml_loaded()->line_number(node);
	hostdev->managed = element_switch(reader, owner, "managed") == TRUTH_YES;
	hostdev->backend = element_attribute(reader, driver, "name");
	hostdev->iommufd = element_switch(reader, driver, "iommufd") == TRUTH_YES;
	if (element_has(place, "type", "pci")) {
		struct fact_number bus = element_number(reader, place, "bus");

		hostdev->has_guest_bus = bus.state == FACT_KNOWN;
		hostdev->guest_bus = bus.number;
	}
	return hostdev;
}

static void read_pci(struct domain_reader *reader, struct guest_domain *guest, const xmlNode *node,
		     enum guest_hostdev_kind kind)
{
	const xmlNode *source = element_child(node, "source");
	struct pci_address address;
	struct guest_hostdev *hostdev;

	if (!source) {
		domain_problem(reader, node, "<%s> has no <source>", node->name);
		return;
	}
	if (!element_pci_address(reader, source, &address))
		return;
	hostdev = add_hostdev(reader, guest, node, kind);
	if (hostdev)
		hostdev->address = address;
}

static void read_mdev(struct domain_reader *reader, struct guest_domain *guest, const xmlNode *node)
{
	const xmlNode *place = element_child(element_child(node, "source"), "address");
	char *uuid = element_attribute(reader, place, "uuid");
	struct guest_hostdev *hostdev;

	/* It becomes part of a path. */
	if (!uuid || strspn(uuid, "0123456789abcdefABCDEF-") != strlen(uuid) || !uuid[0]) {
		domain_problem(reader, node, "the mediated device has no <address> with a uuid");
		free(uuid);
		return;
	}
	hostdev = add_hostdev(reader, guest, node, GUEST_HOSTDEV_MDEV);
	if (hostdev)
		hostdev->uuid = uuid;
	else
		free(uuid);
}

static void read_hostdevs(struct domain_reader *reader, const xmlNode *devices,
			  struct guest_domain *guest)
{
	const xmlNode *node = element_child(devices, "hostdev");

	for (; node; node = element_next(node)) {
		/* libvirt takes "subsystem" where no mode is given. */
		if (element_has(node, "mode", "capabilities"))
			continue;
		if (element_has(node, "type", "pci"))
			read_pci(reader, guest, node, GUEST_HOSTDEV_PCI);
		else if (element_has(node, "type", "mdev"))
			read_mdev(reader, guest, node);
	}
}

static void read_network(struct domain_reader *reader, const xmlNode *node,
			 struct guest_domain *guest)
{
	const xmlNode *actual = element_child(node, "actual");
	struct guest_network *network;
	char *name;

	/* The status of a running domain tells which function was handed out. */
	if (element_has(actual, "type", "hostdev")) {
		read_pci(reader, guest, element_child(actual, "hostdev") ?: actual,
			 GUEST_HOSTDEV_INTERFACE);
		return;
	}
	name = element_attribute(reader, element_child(node, "source"), "network");
	if (!name || actual) {
		free(name);
		return;
	}
	network = grow(reader, (void **)&guest->networks, &guest->n_networks, sizeof(*network));
	if (!network) {
		free(name);
		return;
	}
	network->name = name;
	network->line = (unsigned long)xml_loaded()->line_number(node);
}

static void read_interfaces(struct domain_reader *reader, const xmlNode *devices,
			    struct guest_domain *guest)
{
	const xmlNode *node = element_child(devices, "interface");

	for (; node; node = element_next(node)) {
		if (element_has(node, "type", "hostdev"))
			read_pci(reader, guest, node, GUEST_HOSTDEV_INTERFACE);
		else if (element_has(node, "type", "network"))
			read_network(reader, node, guest);
		else if (element_has(node, "type", "vdpa"))
			guest->n_vdpa++;
	}
}

static void read_disks(struct domain_reader *reader, const xmlNode *devices,
		       struct guest_domain *guest)
{
	const xmlNode *node = element_child(devices, "disk");

	for (; node; node = element_next(node)) {
		if (element_has(node, "type", "nvme"))
			read_pci(reader, guest, node, GUEST_HOSTDEV_NVME);
		else if (element_has(node, "type", "vhostvdpa"))
			guest->n_vdpa++;
	}
}

static void read_memory_devices(struct domain_reader *reader, const xmlNode *devices,
				struct guest_domain *guest)
{
	const xmlNode *node = element_child(devices, "memory");

	for (; node; node = element_next(node)) {
		const xmlNode *size = element_child(element_child(node, "target"), "size");
		struct fact_number fact = element_size(reader, size);

		if (__builtin_add_overflow(guest->memory_devices, fact.number,
					   &guest->memory_devices))
			domain_problem(reader, node, "memory devices beyond 2^64 bytes");
	}
}

static bool is_plain_bus(const xmlNode *controller)
{
	return element_has(controller, "model", "pci-bridge") ||
	       element_has(controller, "model", "pcie-to-pci-bridge") ||
	       element_has(controller, "model", "dmi-to-pci-bridge");
}

static void read_controllers(struct domain_reader *reader, const xmlNode *devices,
			     struct guest_domain *guest)
{
	const xmlNode *node = element_child(devices, "controller");

	for (; node; node = element_next(node)) {
		struct fact_number index;

		if (!element_has(node, "type", "pci"))
			continue;
		index = element_number(reader, node, "index");
		if (index.state == FACT_KNOWN && index.number == 0)
			guest->hole64 = element_size(reader, element_child(node, "pcihole64"));
		if (index.state == FACT_KNOWN && is_plain_bus(node)) {
			uint64_t *bus = grow(reader, (void **)&guest->plain_buses,
					     &guest->n_plain_buses, sizeof(*bus));

			if (bus)
				*bus = index.number;
		}
	}
}

static void read_video(struct domain_reader *reader, const xmlNode *devices,
		       struct guest_domain *guest)
{
	const xmlNode *node = element_child(devices, "video");

	for (; node; node = element_next(node)) {
		const xmlNode *model = element_child(node, "model");
		struct fact_number ram = element_number(reader, model, "ram");
		struct fact_number vram = element_number(reader, model, "vram");
		uint64_t kib = 0;

		/* virtio-gpu takes the guest's own memory. */
		if (element_has(model, "type", "none") || element_has(model, "type", "virtio"))
			continue;
		if (ram.state != FACT_KNOWN && vram.state != FACT_KNOWN)
			kib = VIDEO_MEMORY_DEFAULT / 1024;
		if (__builtin_add_overflow(ram.number, vram.number, &ram.number) ||
		    __builtin_add_overflow(ram.number, kib, &kib) ||
		    __builtin_mul_overflow(kib, 1024, &kib) ||
		    __builtin_add_overflow(guest->video_memory, kib, &guest->video_memory))
			domain_problem(reader, node, "video memory beyond 2^64 bytes");
	}
}

static void read_iommu(struct domain_reader *reader, const xmlNode *devices,
		       struct guest_domain *guest)
{
	static const struct {
		const char *name;
		enum guest_iommu_model model;
	} models[] = {
		{"intel", GUEST_IOMMU_INTEL},
		{"amd", GUEST_IOMMU_AMD},
		{"virtio", GUEST_IOMMU_VIRTIO},
		{"smmuv3", GUEST_IOMMU_SMMUV3},
	};
	const xmlNode *node = element_child(devices, "iommu");
	const xmlNode *driver = element_child(node, "driver");
	struct guest_iommu *iommu = &guest->iommu;

	if (!node)
		return;
	iommu->name = element_attribute(reader, node, "model");
	if (!iommu->name)
		domain_problem(reader, node, "<iommu> has no model");
	iommu->model = GUEST_IOMMU_OTHER;
	for (size_t i = 0; iommu->name && i < ARRAY_LENGTH(models); i++)
		if (strcmp(iommu->name, models[i].name) == 0)
			iommu->model = models[i].model;
	iommu->caching_mode = element_switch(reader, driver, "caching_mode");
	iommu->interrupt_remapping = element_switch(reader, driver, "intremap");
	iommu->translation = element_switch(reader, driver, "dma_translation");
	iommu->accelerated = element_switch(reader, driver, "accel");
	iommu->width = element_number(reader, driver, "aw_bits");
}

void domain_read_devices(struct domain_reader *reader, const xmlNode *devices,
			 struct guest_domain *guest)
{
	read_hostdevs(reader, devices, guest);
	read_interfaces(reader, devices, guest);
	read_disks(reader, devices, guest);
	read_memory_devices(reader, devices, guest);
	read_controllers(reader, devices, guest);
	read_video(reader, devices, guest);
	read_iommu(reader, devices, guest);
}
