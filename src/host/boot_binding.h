/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_BOOT_BINDING_H
#define HOST_BOOT_BINDING_H

#include "host/root.h"
#include "model/pci_device.h"

enum boot_binding_kind {
	BOOT_IDS,      /* vfio-pci.ids= on the command line, or options vfio-pci ids= */
	BOOT_OVERRIDE, /* a file of driverctl, which names an address */
	BOOT_SOFTDEP,  /* softdep MODULE pre: vfio-pci */
	BOOT_BLACKLIST /* blacklist MODULE, modprobe.blacklist= */
};

/* One place that decides at boot which driver a device gets. Owns its strings. */
struct boot_binding {
	enum boot_binding_kind kind;
	char *where;		    /* "/etc/modprobe.d/vfio.conf", "the kernel command line" */
	char *what;		    /* the id, the driver of the override, or the module's name */
	struct pci_address address; /* of an override */
	/* Of an id; any where PCI_ID_ANY. */
	uint32_t vendor, device, subvendor, subdevice;
};

#define PCI_ID_ANY UINT32_MAX

struct boot_binding_list {
	struct boot_binding *bindings;
	size_t n_bindings;
};

/*
 * Reads /proc/cmdline, modprobe.d and /etc/driverctl.d. What cannot be read or understood is left
 * out. Returns 0 or -ENOMEM; the caller releases *ret.
 */
int host_boot_bindings_read(const struct host_root *root, struct boot_binding_list *ret);
void boot_binding_list_release(struct boot_binding_list *list);

/* Whether the id of @binding is one of @device's; unknown where an id of it is. */
enum truth boot_binding_matches(const struct boot_binding *binding,
				const struct pci_device *device);

#endif
