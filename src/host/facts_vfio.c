/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/facts_part.h"
#include "host/kernel_config.h"
#include "host/root_file.h"

#define DEVICES_LIMIT (1 << 20)
#define MISC "/sys/class/misc"

/*
 * How VFIO can be reached is told by what it registers once it is loaded: numbers for "vfio"
 * (drivers/vfio/group.c, vfio_group_init) and "vfio-dev" (drivers/vfio/device_cdev.c,
 * vfio_cdev_init), the misc devices "vfio" (container.c, or iommufd in its place) and "iommu"
 * (drivers/iommu/iommufd/main.c). Before that, only the kernel's configuration tells.
 */
struct sources {
	char *devices; /* /proc/devices; NULL: not readable */
	char *config;  /* where distributions leave it; NULL: nowhere */
	bool loaded;   /* VFIO is */
};

/* " 10 misc": the number stands right-aligned before the name. */
static bool has_number(const char *devices, const char *name)
{
	size_t length = strlen(name);
	const char *at = devices;

	while ((at = strstr(at, name))) {
		if (at > devices && at[-1] == ' ' && (at[length] == '\n' || !at[length]))
			return true;
		at += length;
	}
	return false;
}

static enum truth is_registered(const struct host_root *root, const char *name)
{
	enum truth there = truth_of_exists(host_root_exists(root, MISC "/%s", name));

	return there == TRUTH_NO && host_root_exists(root, MISC) != 1 ? TRUTH_UNKNOWN : there;
}

/* @option was made for what all kernels had before; not named at all, it is still there. */
static enum truth is_kept(const struct sources *sources, const char *option)
{
	char off[64];

	if (!sources->config)
		return TRUTH_UNKNOWN;
	snprintf(off, sizeof(off), "# %s is not set", option);
	return truth_of(kernel_config_has_line(sources->config, "CONFIG_VFIO=") &&
			!kernel_config_has_line(sources->config, off));
}

static enum truth is_set(const struct sources *sources, const char *option)
{
	char on[64];

	if (!sources->config)
		return TRUTH_UNKNOWN;
	snprintf(on, sizeof(on), "%s=", option);
	return truth_of(kernel_config_has_line(sources->config, on));
}

static enum truth has_groups(const struct sources *sources)
{
	if (sources->devices && has_number(sources->devices, "vfio"))
		return TRUTH_YES;
	if (sources->devices && sources->loaded)
		return TRUTH_NO;
	return is_kept(sources, "CONFIG_VFIO_GROUP");
}

static enum truth has_container(const struct sources *sources, const struct host_facts *facts)
{
	if (facts->container_registered == TRUTH_YES)
		return TRUTH_YES;
	if (facts->container_registered == TRUTH_NO && sources->loaded)
		return TRUTH_NO;
	if (is_set(sources, "CONFIG_IOMMUFD_VFIO_CONTAINER") == TRUTH_YES)
		return TRUTH_YES;
	return is_kept(sources, "CONFIG_VFIO_CONTAINER");
}

static bool is_present(enum module_state state)
{
	return state != MODULE_UNKNOWN && state != MODULE_MISSING;
}

/*
 * drivers/vfio/Kconfig: the type1 backend depends on the container and the container on the
 * groups, and a kernel without iommufd always has both.
 */
static enum truth has_type1(const struct sources *sources, const struct host_facts *facts)
{
	enum truth groups = has_groups(sources), container = has_container(sources, facts);

	if (groups == TRUTH_NO || container == TRUTH_NO)
		return TRUTH_NO;
	if (groups == TRUTH_YES && container == TRUTH_YES)
		return TRUTH_YES;
	return is_present(facts->vfio_iommu_type1) || facts->iommufd == MODULE_MISSING
		       ? TRUTH_YES
		       : TRUTH_UNKNOWN;
}

static enum truth has_cdevs(const struct sources *sources, const struct host_facts *facts)
{
	if (sources->devices && has_number(sources->devices, "vfio-dev"))
		return TRUTH_YES;
	if ((sources->devices && sources->loaded) || facts->iommufd == MODULE_MISSING)
		return TRUTH_NO;
	return is_set(sources, "CONFIG_VFIO_DEVICE_CDEV");
}

/* drivers/iommu/iommufd/Kconfig: in the place of VFIO's container, never beside it. */
static enum truth has_compat_container(const struct sources *sources,
				       const struct host_facts *facts)
{
	if (is_present(facts->vfio_iommu_type1) || facts->iommufd == MODULE_MISSING)
		return TRUTH_NO;
	return is_set(sources, "CONFIG_IOMMUFD_VFIO_CONTAINER");
}

int facts_read_vfio(const struct host_root *root, struct host_facts *facts)
{
	AUTO_FREE char *devices = NULL;
	AUTO_FREE char *config = NULL;
	struct sources sources;
	int r = host_root_read_all(root, "/proc/devices", DEVICES_LIMIT, &devices, NULL);

	if (r != -ENOMEM)
		r = host_kernel_config_read(root, facts->kernel_release.text, &config);
	if (r == -ENOMEM)
		return r;
	sources = (struct sources){
		.devices = devices,
		.config = config,
		.loaded = facts->vfio == MODULE_LOADED || facts->vfio == MODULE_BUILTIN,
	};
	facts->container_registered = is_registered(root, "vfio");
	facts->iommufd_registered = is_registered(root, "iommu");
	facts->type1_offered = has_type1(&sources, facts);
	facts->cdev_offered = has_cdevs(&sources, facts);
	facts->compat_container = has_compat_container(&sources, facts);
	return fact_node_read(&facts->iommufd_mode, root, "/dev/iommu");
}
