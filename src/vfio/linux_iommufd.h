/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VFIO_LINUX_IOMMUFD_H
#define VFIO_LINUX_IOMMUFD_H

/* The part of the linux backend that goes through /dev/iommu and /dev/vfio/devices. */

#include "vfio/operations.h"

/* See struct vfio_operations. An IOAS and a HWPT are attached by the same request. */
struct kernel_answer linux_iommufd_open(void *kernel);
struct kernel_answer linux_cdev_open(void *kernel, const struct pci_address *device);
struct kernel_answer linux_cdev_bind_iommufd(void *kernel, int device_fd, int iommufd);
struct iommufd_hw_answer linux_iommufd_get_hw_info(void *kernel, int iommufd, long device_id);
struct kernel_answer linux_ioas_alloc(void *kernel, int iommufd);
struct kernel_answer linux_hwpt_alloc(void *kernel, int iommufd, long device_id, long ioas_id);
struct iommufd_ranges_answer linux_ioas_iova_ranges(void *kernel, int iommufd, long ioas_id);
struct kernel_answer linux_cdev_attach(void *kernel, int device_fd, long page_table_id);
struct kernel_answer linux_cdev_detach(void *kernel, int device_fd);
struct kernel_answer linux_ioas_map(void *kernel, int iommufd, long ioas_id, uint64_t iova);
struct kernel_answer linux_ioas_unmap(void *kernel, int iommufd, long ioas_id, uint64_t iova);

/* Whether @fd understands iommufd's requests: asks for an object that cannot exist. */
bool linux_is_iommufd(int fd);

#endif
