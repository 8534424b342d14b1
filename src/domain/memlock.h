/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DOMAIN_MEMLOCK_H
#define DOMAIN_MEMLOCK_H

#include <stddef.h>

#include "model/guest_domain.h"
#include "model/memlock_forecast.h"

/*
 * What the devices of @guest will pin, and what libvirt lets the process lock
 * (qemuDomainGetMemLockLimitBytes() of libvirt 11.3). @n_groups: how many IOMMU groups its PCI
 * devices are in, which is how many address spaces a virtual IOMMU can make of them.
 */
struct memlock_forecast memlock_forecast(const struct guest_domain *guest, size_t n_groups);

#endif
