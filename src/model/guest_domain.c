/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "model/guest_domain.h"

const char *guest_hostdev_kind_name(enum guest_hostdev_kind kind)
{
	switch (kind) {
	case GUEST_HOSTDEV_PCI:
		return "pci";
	case GUEST_HOSTDEV_INTERFACE:
		return "interface";
	case GUEST_HOSTDEV_NVME:
		return "nvme";
	case GUEST_HOSTDEV_MDEV:
		return "mdev";
	}
	return NULL;
}

size_t guest_domain_count(const struct guest_domain *guest, enum guest_hostdev_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < guest->n_hostdevs; i++)
		if (guest->hostdevs[i].kind == kind)
			count++;
	return count;
}

void guest_domain_release(struct guest_domain *guest)
{
	for (size_t i = 0; i < guest->n_hostdevs; i++) {
		free(guest->hostdevs[i].uuid);
		free(guest->hostdevs[i].backend);
	}
	free(guest->hostdevs);
	for (size_t i = 0; i < guest->n_networks; i++)
		free(guest->networks[i].name);
	free(guest->networks);
	free(guest->plain_buses);
	free(guest->name);
	free(guest->uuid);
	free(guest->type);
	free(guest->architecture);
	free(guest->machine);
	free(guest->iommu.name);
	*guest = (struct guest_domain){0};
}
