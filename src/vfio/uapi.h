/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VFIO_UAPI_H
#define VFIO_UAPI_H

/*
 * What the kernel takes from userspace on the iommufd path (include/uapi/linux/iommufd.h and
 * vfio.h since 6.6), declared here because the headers of Debian 12 lack it. The names are our
 * own, so that newer headers may be installed beside it; each request carries its size, and the
 * kernel takes the shorter forms of older versions, which these are.
 */

#include <linux/ioctl.h>
#include <stddef.h>
#include <stdint.h>

#define UAPI_IOMMUFD_TYPE ';'
#define UAPI_IOMMU_DESTROY _IO(UAPI_IOMMUFD_TYPE, 0x80)
#define UAPI_IOMMU_IOAS_ALLOC _IO(UAPI_IOMMUFD_TYPE, 0x81)
#define UAPI_IOMMU_IOAS_IOVA_RANGES _IO(UAPI_IOMMUFD_TYPE, 0x84)
#define UAPI_IOMMU_IOAS_MAP _IO(UAPI_IOMMUFD_TYPE, 0x85)
#define UAPI_IOMMU_IOAS_UNMAP _IO(UAPI_IOMMUFD_TYPE, 0x86)
#define UAPI_IOMMU_HWPT_ALLOC _IO(UAPI_IOMMUFD_TYPE, 0x89)
#define UAPI_IOMMU_GET_HW_INFO _IO(UAPI_IOMMUFD_TYPE, 0x8a)

#define UAPI_VFIO_TYPE ';'
#define UAPI_VFIO_DEVICE_BIND_IOMMUFD _IO(UAPI_VFIO_TYPE, 118)
#define UAPI_VFIO_DEVICE_ATTACH_IOMMUFD_PT _IO(UAPI_VFIO_TYPE, 119)
#define UAPI_VFIO_DEVICE_DETACH_IOMMUFD_PT _IO(UAPI_VFIO_TYPE, 120)

#define UAPI_IOAS_MAP_FIXED_IOVA (1U << 0)
#define UAPI_IOAS_MAP_WRITEABLE (1U << 1)
#define UAPI_IOAS_MAP_READABLE (1U << 2)

struct uapi_destroy {
	uint32_t size;
	uint32_t id;
};

struct uapi_ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t out_ioas_id;
};

struct uapi_iova_range {
	uint64_t start;
	uint64_t last; /* inclusive */
};

struct uapi_ioas_iova_ranges {
	uint32_t size;
	uint32_t ioas_id;
	uint32_t num_iovas; /* in: room; out: how many there are (with EMSGSIZE too) */
	uint32_t reserved;
	uint64_t allowed_iovas; /* address of an array of struct uapi_iova_range */
	uint64_t out_iova_alignment;
};

struct uapi_ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	uint64_t user_va;
	uint64_t length;
	uint64_t iova;
};

struct uapi_ioas_unmap {
	uint32_t size;
	uint32_t ioas_id;
	uint64_t iova;
	uint64_t length;
};

struct uapi_hwpt_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t pt_id;
	uint32_t out_hwpt_id;
	uint32_t reserved;
	uint32_t data_type;
	uint32_t data_len;
	uint64_t data_uptr;
};

struct uapi_hw_info {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t data_len;
	uint64_t data_uptr;
	uint32_t out_data_type;
	uint32_t reserved; /* its first byte tells PASIDs since 6.15 */
	uint64_t out_capabilities;
};

struct uapi_device_bind_iommufd {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

struct uapi_device_attach_pt {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id;
};

struct uapi_device_detach_pt {
	uint32_t argsz;
	uint32_t flags;
};

_Static_assert(sizeof(struct uapi_destroy) == 8, "iommu_destroy");
_Static_assert(sizeof(struct uapi_ioas_alloc) == 12, "iommu_ioas_alloc");
_Static_assert(sizeof(struct uapi_iova_range) == 16, "iommu_iova_range");
_Static_assert(sizeof(struct uapi_ioas_iova_ranges) == 32, "iommu_ioas_iova_ranges");
_Static_assert(offsetof(struct uapi_ioas_iova_ranges, num_iovas) == 8, "num_iovas");
_Static_assert(offsetof(struct uapi_ioas_iova_ranges, allowed_iovas) == 16, "allowed_iovas");
_Static_assert(sizeof(struct uapi_ioas_map) == 40, "iommu_ioas_map");
_Static_assert(offsetof(struct uapi_ioas_map, user_va) == 16, "user_va");
_Static_assert(offsetof(struct uapi_ioas_map, iova) == 32, "iova");
_Static_assert(sizeof(struct uapi_ioas_unmap) == 24, "iommu_ioas_unmap");
_Static_assert(offsetof(struct uapi_ioas_unmap, iova) == 8, "iova");
_Static_assert(sizeof(struct uapi_hwpt_alloc) == 40, "iommu_hwpt_alloc");
_Static_assert(offsetof(struct uapi_hwpt_alloc, out_hwpt_id) == 16, "out_hwpt_id");
_Static_assert(sizeof(struct uapi_hw_info) == 40, "iommu_hw_info");
_Static_assert(offsetof(struct uapi_hw_info, out_data_type) == 24, "out_data_type");
_Static_assert(offsetof(struct uapi_hw_info, out_capabilities) == 32, "out_capabilities");
_Static_assert(sizeof(struct uapi_device_bind_iommufd) == 16, "vfio_device_bind_iommufd");
_Static_assert(offsetof(struct uapi_device_bind_iommufd, out_devid) == 12, "out_devid");
_Static_assert(sizeof(struct uapi_device_attach_pt) == 12, "vfio_device_attach_iommufd_pt");
_Static_assert(sizeof(struct uapi_device_detach_pt) == 8, "vfio_device_detach_iommufd_pt");

/* Where the real ones are installed, they must agree; they may only have grown at their ends. */
#if __has_include(<linux/iommufd.h>)
#include <linux/iommufd.h>
_Static_assert(UAPI_IOMMU_DESTROY == IOMMU_DESTROY, "IOMMU_DESTROY");
_Static_assert(UAPI_IOMMU_IOAS_ALLOC == IOMMU_IOAS_ALLOC, "IOMMU_IOAS_ALLOC");
_Static_assert(UAPI_IOMMU_IOAS_IOVA_RANGES == IOMMU_IOAS_IOVA_RANGES, "IOMMU_IOAS_IOVA_RANGES");
_Static_assert(UAPI_IOMMU_IOAS_MAP == IOMMU_IOAS_MAP, "IOMMU_IOAS_MAP");
_Static_assert(UAPI_IOMMU_IOAS_UNMAP == IOMMU_IOAS_UNMAP, "IOMMU_IOAS_UNMAP");
_Static_assert(sizeof(struct uapi_ioas_map) <= sizeof(struct iommu_ioas_map), "iommu_ioas_map");
_Static_assert(offsetof(struct uapi_ioas_map, iova) == offsetof(struct iommu_ioas_map, iova),
	       "iova");
#ifdef IOMMU_GET_HW_INFO
_Static_assert(UAPI_IOMMU_GET_HW_INFO == IOMMU_GET_HW_INFO, "IOMMU_GET_HW_INFO");
_Static_assert(UAPI_IOMMU_HWPT_ALLOC == IOMMU_HWPT_ALLOC, "IOMMU_HWPT_ALLOC");
#endif
#endif

#endif
