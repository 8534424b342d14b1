/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_GUEST_DOMAIN_H
#define MODEL_GUEST_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pci_address.h"
#include "model/truth.h"

/* In which element a domain asks for a device of the host. */
enum guest_hostdev_kind {
	GUEST_HOSTDEV_PCI,	 /* <hostdev type='pci'> */
	GUEST_HOSTDEV_INTERFACE, /* <interface type='hostdev'> */
	GUEST_HOSTDEV_NVME,	 /* <disk type='nvme'>: QEMU drives it through VFIO */
	GUEST_HOSTDEV_MDEV,	 /* <hostdev type='mdev'>: a mediated device, by UUID */
};

/* A device of the host that goes to the guest. Owns its strings. */
struct guest_hostdev {
	enum guest_hostdev_kind kind;
	struct pci_address address; /* not of an mdev */
	char *uuid;		    /* of an mdev, else NULL */
	char *backend;		    /* <driver name=>, NULL: libvirt chooses vfio */
	bool managed;
	bool iommufd; /* <driver iommufd='yes'> */
	bool has_guest_bus;
	uint64_t guest_bus; /* index of the guest's bus that it is put on */
	unsigned long line;
};

/* A network of libvirt: whether it hands out host devices is written elsewhere. */
struct guest_network {
	char *name;
	unsigned long line;
};

enum guest_iommu_model {
	GUEST_IOMMU_NONE,
	GUEST_IOMMU_INTEL,
	GUEST_IOMMU_AMD,
	GUEST_IOMMU_VIRTIO,
	GUEST_IOMMU_SMMUV3,
	GUEST_IOMMU_OTHER,
};

/* <iommu>; switches that are not given are unknown, and QEMU's defaults hold. */
struct guest_iommu {
	enum guest_iommu_model model;
	char *name; /* the model as written; NULL: there is none */
	enum truth caching_mode;
	enum truth interrupt_remapping;
	enum truth translation;	  /* dma_translation */
	enum truth accelerated;	  /* smmuv3: <driver accel=> */
	struct fact_number width; /* aw_bits */
};

/* The guest's processor, as far as addresses depend on it. */
struct guest_cpu {
	bool passthrough; /* mode host-passthrough or maximum: the host's address width */
	struct fact_number address_bits; /* <maxphysaddr bits=>, or its limit */
};

/* What a domain definition of libvirt says about devices and memory. Sizes are bytes. */
struct guest_domain {
	char *name;
	char *uuid;
	char *type;			   /* kvm, qemu, xen, ... */
	char *architecture;		   /* x86_64, aarch64, ... */
	char *machine;			   /* pc-q35-7.2, virt-8.0, ... */
	bool uefi;			   /* <os firmware='efi'> or a pflash loader */
	struct fact_number memory;	   /* all of it, memory devices too */
	struct fact_number memory_initial; /* without memory devices */
	struct fact_number memory_maximum; /* <maxMemory> */
	uint64_t memory_slots;
	uint64_t memory_devices;       /* bytes of <memory> devices */
	uint64_t video_memory;	       /* RAM of emulated video devices, which is pinned as well */
	struct fact_number hard_limit; /* ABSENT: not set, or unlimited */
	bool locked;		       /* <memoryBacking><locked/> */
	bool hugepages;
	struct fact_number hugepage_size; /* ABSENT: the host's default */
	size_t n_vdpa;			  /* devices that pin the whole guest each */
	struct guest_iommu iommu;
	enum truth split_ioapic; /* <ioapic driver='qemu'>; UNKNOWN: not given */
	struct guest_cpu cpu;
	struct fact_number hole64; /* <pcihole64> of the root controller */
	uint64_t *plain_buses;	   /* indexes of conventional PCI bridges of the guest */
	size_t n_plain_buses;
	struct guest_hostdev *hostdevs;
	size_t n_hostdevs;
	struct guest_network *networks;
	size_t n_networks;
};

/* The words of the JSON: "pci", "interface", "nvme", "mdev". Static. */
const char *guest_hostdev_kind_name(enum guest_hostdev_kind kind);

/* How many hostdevs are of @kind; those that are opened through VFIO. */
size_t guest_domain_count(const struct guest_domain *guest, enum guest_hostdev_kind kind);

/* Frees what the domain owns and zeroes it. */
void guest_domain_release(struct guest_domain *guest);

#endif
