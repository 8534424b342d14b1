/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_IOMMUFD_PART_H
#define TRIAL_IOMMUFD_PART_H

/* The steps of the iommufd path that its own walk and the joint one share; private to trial/. */

#include "trial/walk.h"

struct iommufd_device {
	int fd;	   /* -1: not open */
	long id;   /* within the iommufd */
	long hwpt; /* of a joint walk: the domain that was made for it; 0: none */
	bool attached;
};

struct iommufd {
	struct trial_walk *walk;
	int fd;
	long ioas;
	uint64_t iova; /* that the ranges of the IOAS offer */
	struct iommufd_device *devices;
};

/* Prepares *ret with nothing open. Returns false where memory is short. */
bool iommufd_begin(struct trial_walk *walk, struct iommufd *ret);

/* Closes everything and frees what iommufd_begin() took. */
void iommufd_end(struct iommufd *path);

/* Whether the device, or any device, has not failed, and nobody wants the trial to stop. */
bool iommufd_device_goes_on(const struct iommufd *path, size_t index);
bool iommufd_goes_on(const struct iommufd *path);

/* Steps of all devices; each returns whether the walk goes on. */
bool iommufd_open(struct iommufd *path);
bool iommufd_alloc_ioas(struct iommufd *path);
bool iommufd_read_ranges(struct iommufd *path);
bool iommufd_map_page(struct iommufd *path);

/* Steps of one device. */
void iommufd_open_cdev(struct iommufd *path, size_t index);
void iommufd_bind_cdev(struct iommufd *path, size_t index);
void iommufd_detach(struct iommufd *path, size_t index);

#endif
