/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_MODULES_H
#define HOST_MODULES_H

#include "host/root.h"
#include "model/host_facts.h"
#include "model/pci_device.h"

/*
 * Whether the module @name ("vfio_pci"; - and _ are the same) is loaded, built in, loadable,
 * blocked by modprobe.d or missing, for the running kernel's release @release: /sys/module,
 * modules.builtin, modules.dep, modprobe.d. MODULE_UNKNOWN where the folder cannot be read.
 */
enum module_state host_module_state(const struct host_root *root, const char *release,
				    const char *name);

/*
 * The VFIO driver that modules.alias ("alias vfio_pci:...") selects for @device, the most
 * specific match, as the kernel's own matching and libvirt do; "vfio_pci" where none does.
 * *ret_module is the module's name, *ret_driver the name of the PCI driver it registers where
 * that can be told (the module's name with the first "_" forms tried below
 * /sys/bus/pci/drivers once it is loaded; else NULL). Both are new strings.
 */
int host_module_vfio_driver(const struct host_root *root, const char *release,
			    const struct pci_device *device, char **ret_module, char **ret_driver);

/*
 * The module whose driver the host would give @device to: the most specific match of
 * modules.alias ("alias pci:..."), as a new string; NULL where none fits. Returns 0 or -ENOMEM.
 */
int host_module_host_driver(const struct host_root *root, const char *release,
			    const struct pci_device *device, char **ret);

/*
 * The PCI driver that the loaded @module has registered (/sys/module/NAME/drivers/pci:DRIVER),
 * as a new string; NULL where it is not loaded and its driver is not vfio-pci, whose name is
 * known all the same. Returns 0 or -ENOMEM.
 */
int host_module_registered_driver(const struct host_root *root, const char *module, char **ret);

#endif
