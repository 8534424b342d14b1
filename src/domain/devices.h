/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DOMAIN_DEVICES_H
#define DOMAIN_DEVICES_H

#include "domain/element.h"
#include "model/guest_domain.h"

/* Reads what <devices> says of host devices, buses, memory and the virtual IOMMU. */
void domain_read_devices(struct domain_reader *reader, const xmlNode *devices,
			 struct guest_domain *guest);

#endif
