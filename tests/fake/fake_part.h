/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FAKE_FAKE_PART_H
#define TESTS_FAKE_FAKE_PART_H

/* What the parts of the fake kernel share; tests include fake_kernel.h only. */

#include "fake_kernel.h"

/*
 * Every operation begins with this: counts, lets others meddle, crashes, consults the script.
 * Returns the scripted errno, 0 where the world answers itself.
 */
int fake_begins(struct fake_kernel *kernel, const char *step);

/* ... and ends with this: the crash after it. Returns the answer. */
struct kernel_answer fake_ends(struct fake_kernel *kernel, int err, long value);

/* Counts and prints an invariant that the caller broke. */
void fake_violates(struct fake_kernel *kernel, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The device at @address, gone or not; NULL where there never was one. */
struct fake_device *fake_find(struct fake_kernel *kernel, const struct pci_address *address);
struct fake_group *fake_find_group(struct fake_kernel *kernel, int number);

/* Whether @driver is registered: a loaded module has it, or it is no module's. */
bool fake_driver_exists(const struct fake_kernel *kernel, const char *driver);

/* The sysfs part and the VFIO part of fake_operations. */
struct kernel_answer fake_module_load(void *kernel, const char *module);
struct kernel_answer fake_knob_write(void *kernel, const struct pci_address *device, enum knob knob,
				     const char *value);
struct kernel_answer fake_knob_read(void *kernel, const struct pci_address *device,
				    enum knob_state state, char *buffer);

/* The iommufd part. */
struct kernel_answer fake_container_is_iommufd(void *kernel, int container_fd);
struct kernel_answer fake_iommufd_open(void *kernel);
struct kernel_answer fake_cdev_open(void *kernel, const struct pci_address *device);
struct kernel_answer fake_cdev_bind_iommufd(void *kernel, int device_fd, int iommufd);
struct iommufd_hw_answer fake_iommufd_get_hw_info(void *kernel, int iommufd, long device_id);
struct kernel_answer fake_ioas_alloc(void *kernel, int iommufd);
struct kernel_answer fake_hwpt_alloc(void *kernel, int iommufd, long device_id, long ioas_id);
struct iommufd_ranges_answer fake_ioas_iova_ranges(void *kernel, int iommufd, long ioas_id);
struct kernel_answer fake_cdev_attach_ioas(void *kernel, int device_fd, long ioas_id);
struct kernel_answer fake_cdev_attach_hwpt(void *kernel, int device_fd, long hwpt_id);
struct kernel_answer fake_cdev_detach(void *kernel, int device_fd);
struct kernel_answer fake_ioas_map(void *kernel, int iommufd, long ioas_id, uint64_t iova);
struct kernel_answer fake_ioas_unmap(void *kernel, int iommufd, long ioas_id, uint64_t iova);

/* The lowest free descriptor. */
int fake_new_descriptor(struct fake_kernel *kernel, enum fake_descriptor_kind kind, size_t index);

/* The owner count of the IOMMU core: every driver that uses DMA of its own is one. */
bool fake_is_viable(const struct fake_kernel *kernel, int group);

/* The network part. */
struct kernel_answer fake_links_read(void *kernel, const struct pci_address *device,
				     struct network_links *ret);
struct kernel_answer fake_link_rename(void *kernel, const char *name, const char *wanted);
struct kernel_answer fake_link_up(void *kernel, const char *name);

/* The driver of @device has registered, or gives up, what it has on the network. */
void fake_link_appears(struct fake_kernel *kernel, struct fake_device *device);
void fake_link_vanishes(struct fake_device *device);

/* Releases what the descriptor holds. */
void fake_close_descriptor(struct fake_kernel *kernel, int fd);

#endif
