/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_PCI_DEVICE_H
#define MODEL_PCI_DEVICE_H

#include <stdbool.h>

#include "base/pci_address.h"
#include "model/truth.h"

/* A base address register, as "resource" in sysfs shows it. */
struct pci_bar {
	uint64_t first;
	uint64_t last;	 /* inclusive; 0: the function has no such BAR */
	bool unassigned; /* of memory: it has a size, but no address */
};

#define PCI_BARS 6

/* One PCI function as the host shows it, read below one root. Owns its strings. */
struct pci_device {
	struct pci_address address;
	struct fact_number class_code; /* 24 bits: 0x010802 */
	struct fact_number vendor;
	struct fact_number device;
	struct fact_number revision;
	struct fact_text modalias;
	struct fact_text driver;	  /* ABSENT: unbound */
	struct fact_text driver_override; /* ABSENT: the kernel says "(null)" */
	struct fact_number group;	  /* ABSENT: no iommu_group link */
	struct fact_text iommu;		  /* the instance, "dmar0"; ABSENT: none */
	/* The rest is filled by host_pci_read_detail() only. */
	struct fact_number header_type; /* bits 0-6 of byte 0x0e */
	enum truth config_all_ones;
	struct fact_number sriov_numvfs; /* ABSENT: no SR-IOV capability */
	struct fact_number sriov_totalvfs;
	struct fact_text physfn; /* address of the PF; ABSENT: not a VF */
	struct fact_text physfn_driver;
	enum truth vf_autoprobe; /* of the PF */
	enum truth boot_vga;
	struct fact_text vfio_dev;	 /* "vfio3" below vfio-dev/ */
	enum truth vfio_cdev;		 /* the kernel gives it a node of its own */
	struct fact_text vfio_cdev_mode; /* of that node in /dev/vfio/devices */
	struct fact_text power_control;	 /* "on" or "auto" */
	struct fact_text reset_method;
	struct fact_text power_state;
	struct fact_text runtime_status; /* "active", "suspended", "error", "unsupported" */
	struct fact_text removable;	/* "fixed", "removable", "unknown"; ABSENT: no word on it */
	struct fact_number mdev_types;	/* ABSENT: it is no parent of mediated devices */
	struct fact_text upstream;	/* address of the function above; ABSENT: on a root bus */
	struct fact_text domain_owner;	/* in another domain, above the root bus: VMD */
	struct fact_text root_bus;	/* "0000:00" */
	enum truth tree_translates;	/* a device tree sends its DMA through an IOMMU */
	enum truth tree_iommu_coherent; /* and says that this is coherent with the caches */
	struct fact_text upstream_power_control;
	struct fact_text upstream_runtime_status;
	struct fact_text upstream_power_state;	  /* "D0", "D3hot", "unknown" */
	struct fact_text upstream_d3cold_allowed; /* "0", "1" */
	struct pci_bar bars[PCI_BARS];
	enum fact_state bars_state;
	struct fact_text framebuffer; /* who, in /proc/iomem, has a display's BAR for a console */
};

/* Frees what the device owns and zeroes it (everything unknown). */
void pci_device_release(struct pci_device *device);

/* Class tests on the base class and subclass; unknown where the class is. */
enum truth pci_device_is_bridge(const struct pci_device *device);
/* Host (0600) and ISA (0601) bridges: endpoints by header, never to be touched. */
enum truth pci_device_is_host_bridge(const struct pci_device *device);
/* Base class 08, subclass 06, or the ids of the virtio IOMMU. */
enum truth pci_device_is_iommu_class(const struct pci_device *device);
/* VGA controller (0300). */
enum truth pci_device_is_vga(const struct pci_device *device);

/*
 * Whether @driver leaves a group viable: it does not use DMA of its own, or is VFIO's
 * (driver_managed_dma; errno-map B.3). vfio_driver: it is vfio-pci or a variant driver, by the
 * naming that all of them keep ("vfio-pci", "mlx5_vfio_pci", "hisi-acc-vfio-pci").
 */
int driver_is_harmless(const char *driver);
int driver_is_vfio(const char *driver);

#endif
