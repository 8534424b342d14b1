/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VFIO_OPERATIONS_H
#define VFIO_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pci_address.h"

/*
 * The seam: every call that asks or changes the kernel, one operation per step. The linux
 * backend is thin and makes no decisions; the fake one in tests/ is a world with a script.
 *
 * The kernel's errno is data: operations answer with it in @err, and never fail otherwise.
 */
struct kernel_answer {
	int err;    /* positive errno; 0: success */
	long value; /* a descriptor, an extension's value, ...; see each operation */
};

/* What may be written below a device. new_id has no value: it captures strangers. */
enum knob {
	KNOB_DRIVER_OVERRIDE, /* value NULL clears it */
	KNOB_UNBIND,	      /* value: the driver to unbind from */
	KNOB_BIND,	      /* value: the driver to bind to */
	KNOB_PROBE,	      /* value ignored; success of it says nothing about a driver */
	KNOB_POWER_CONTROL,   /* "on" or "auto" */
};

/* What may be read back below a device. */
enum knob_state {
	KNOB_STATE_DRIVER,	    /* name of the bound driver; "" where unbound */
	KNOB_STATE_DRIVER_OVERRIDE, /* "" where unset */
	KNOB_STATE_POWER_CONTROL,
	KNOB_STATE_GROUP,      /* number as text; "" where the device has none */
	KNOB_STATE_GROUP_NAME, /* "" where it has none, as almost every group */
	KNOB_STATE_IDS,	       /* "vvvv:dddd" */
};

#define KNOB_STATE_SIZE 4096 /* a page, the most that sysfs shows */

/* A network interface of a device. @port tells those of one function apart (dev_port). */
#define LINK_NAME_SIZE 16
struct network_link {
	char name[LINK_NAME_SIZE];
	unsigned port;
	bool up; /* administratively: IFF_UP */
};

/* More of one function are not looked at. */
#define NETWORK_LINKS_MAX 8
struct network_links {
	struct network_link links[NETWORK_LINKS_MAX];
	size_t n_links;
};

/* VFIO_GROUP_GET_STATUS and VFIO_DEVICE_GET_INFO, without the kernel's headers. */
struct vfio_group_answer {
	int err;
	bool viable;
	bool container_set;
};

struct vfio_device_answer {
	int err;
	bool can_reset;
	uint32_t regions;
	uint32_t interrupts;
};

/* IOMMU_GET_HW_INFO and IOMMU_IOAS_IOVA_RANGES. */
struct iommufd_hw_answer {
	int err;
	uint32_t type; /* 0: the IOMMU driver tells nothing about its hardware */
};

struct iommufd_ranges_answer {
	int err;
	uint32_t ranges;
	uint64_t iova; /* one that the ranges offer, low where they allow it */
};

/* VFIO_DEVICE_GET_PCI_HOT_RESET_INFO: what a reset of the bus or slot hits, the device too. */
struct vfio_hot_reset_answer {
	int err;
	struct pci_address *affected; /* freed by the caller */
	size_t n_affected;
};

enum vfio_extension {
	VFIO_EXTENSION_TYPE1,
	VFIO_EXTENSION_TYPE1V2,
	VFIO_EXTENSION_NOIOMMU,
};

struct vfio_operations {
	/* modprobe @module. ENOENT: no such module; else what the kernel said to modprobe. */
	struct kernel_answer (*module_load)(void *kernel, const char *module);

	/* Writes below /sys/bus/pci (Documentation/ABI/testing/sysfs-bus-pci). */
	struct kernel_answer (*knob_write)(void *kernel, const struct pci_address *device,
					   enum knob knob, const char *value);

	/* Reads back; @buffer has KNOB_STATE_SIZE bytes. ENOENT: no such device (any more). */
	struct kernel_answer (*knob_read)(void *kernel, const struct pci_address *device,
					  enum knob_state state, char *buffer);

	/* The interfaces below the device; none is an answer too. */
	struct kernel_answer (*links_read)(void *kernel, const struct pci_address *device,
					   struct network_links *ret);

	/* SIOCSIFNAME. EEXIST: another interface has the name; EBUSY: it is up. */
	struct kernel_answer (*link_rename)(void *kernel, const char *name, const char *wanted);

	/* SIOCSIFFLAGS with IFF_UP. */
	struct kernel_answer (*link_up)(void *kernel, const char *name);

	/* /dev/vfio/vfio; value: the descriptor. */
	struct kernel_answer (*container_open)(void *kernel);

	/* /dev/vfio/@group (or noiommu-@group); value: the descriptor. */
	struct kernel_answer (*group_open)(void *kernel, int group, bool noiommu);

	struct vfio_group_answer (*group_get_status)(void *kernel, int group_fd);
	struct kernel_answer (*group_set_container)(void *kernel, int group_fd, int container_fd);
	struct kernel_answer (*group_unset_container)(void *kernel, int group_fd);

	/* value: what VFIO_CHECK_EXTENSION said, 0 or 1. */
	struct kernel_answer (*container_check_extension)(void *kernel, int container_fd,
							  enum vfio_extension extension);
	struct kernel_answer (*container_set_iommu)(void *kernel, int container_fd,
						    enum vfio_extension type);

	/* Opens, and so resets, the device; value: the descriptor. */
	struct kernel_answer (*group_get_device_fd)(void *kernel, int group_fd,
						    const struct pci_address *device);
	struct vfio_device_answer (*device_get_info)(void *kernel, int device_fd);

	/* ENODEV: neither the bus nor the slot can be reset. ENOSPC never comes out: the kernel
	 * says with it how much room it wants. */
	struct vfio_hot_reset_answer (*device_get_hot_reset_info)(void *kernel, int device_fd);

	/* Maps one page of memory of ours, readable and writable, at an IOVA that the container
	 * offers; value: that IOVA. */
	struct kernel_answer (*container_map_dma)(void *kernel, int container_fd);
	struct kernel_answer (*container_unmap_dma)(void *kernel, int container_fd, long iova);

	/*
	 * Whether iommufd provides the container (CONFIG_IOMMUFD_VFIO_CONTAINER): it takes other
	 * errnos at other steps then. value: 1 or 0. Leaves no trace.
	 */
	struct kernel_answer (*container_is_iommufd)(void *kernel, int container_fd);

	/* /dev/iommu; value: the descriptor. */
	struct kernel_answer (*iommufd_open)(void *kernel);

	/*
	 * The device's own node, /dev/vfio/devices/vfioX, named by its vfio-dev folder; ENOENT
	 * too where it has none. value: the descriptor. Resets nothing yet.
	 */
	struct kernel_answer (*cdev_open)(void *kernel, const struct pci_address *device);

	/* Claims, opens, and so resets, the device; value: its id within @iommufd. */
	struct kernel_answer (*cdev_bind_iommufd)(void *kernel, int device_fd, int iommufd);
	struct iommufd_hw_answer (*iommufd_get_hw_info)(void *kernel, int iommufd, long device_id);

	/* value: the id of the new object, which lives until @iommufd is closed. */
	struct kernel_answer (*ioas_alloc)(void *kernel, int iommufd);
	struct kernel_answer (*hwpt_alloc)(void *kernel, int iommufd, long device_id, long ioas_id);
	struct iommufd_ranges_answer (*ioas_iova_ranges)(void *kernel, int iommufd, long ioas_id);

	/* Attaching a device that is attached already replaces its page table. */
	struct kernel_answer (*cdev_attach_ioas)(void *kernel, int device_fd, long ioas_id);
	struct kernel_answer (*cdev_attach_hwpt)(void *kernel, int device_fd, long hwpt_id);
	struct kernel_answer (*cdev_detach)(void *kernel, int device_fd);

	/* Maps one page of memory of ours, readable and writable, at @iova. */
	struct kernel_answer (*ioas_map)(void *kernel, int iommufd, long ioas_id, uint64_t iova);
	struct kernel_answer (*ioas_unmap)(void *kernel, int iommufd, long ioas_id, uint64_t iova);

	/* Closes a descriptor that an operation gave. Closing a device resets it. */
	void (*close)(void *kernel, int fd);
};

#endif
