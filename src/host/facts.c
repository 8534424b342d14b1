/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/fact.h"
#include "host/facts.h"
#include "host/facts_part.h"
#include "host/module_files.h"
#include "host/modules.h"
#include "host/root_file.h"

#define IOMMUS "/sys/class/iommu"
#define MODULES "/sys/module"
#define UNSAFE "allow_unsafe_interrupts"

static int read_architecture(const struct host_root *root, struct fact_text *fact)
{
	struct utsname names;

	if (!root->live) {
		/* A tree does not tell what it was captured on unless the capture wrote it down. */
		int r = fact_text_read(fact, root, "/iommu-diag/architecture");

		if (fact->state != FACT_KNOWN)
			fact->state = FACT_UNKNOWN;
		return r;
	}
	return uname(&names) < 0 ? 0 : fact_text_set(fact, names.machine);
}

static int read_kernel(const struct host_root *root, struct host_facts *facts)
{
	int r = fact_text_read(&facts->kernel_release, root, "/proc/sys/kernel/osrelease");

	if (r == 0)
		r = fact_text_read(&facts->command_line, root, "/proc/cmdline");
	if (r == 0)
		r = read_architecture(root, &facts->architecture);
	if (r < 0)
		return r;
	if (facts->kernel_release.state == FACT_KNOWN &&
	    sscanf(facts->kernel_release.text, "%d.%d", &facts->kernel_major,
		   &facts->kernel_minor) != 2)
		facts->kernel_major = facts->kernel_minor = 0;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* Where the folder is missing, its parent tells whether sysfs was there at all. */
static enum fact_state state_without(const struct host_root *root, int r, const char *parent)
{
	return r == -ENOENT && host_root_exists(root, "%s", parent) == 1 ? FACT_ABSENT
									 : FACT_UNKNOWN;
}

static int read_iommus(const struct host_root *root, struct host_facts *facts)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;
	int r = host_root_list(root, &dir, IOMMUS);

	if (r < 0) {
		facts->iommus_state = state_without(root, r, "/sys/class");
		return 0;
	}
	while ((name = host_dir_next(dir))) {
		char **grown = reallocarray(facts->iommus, facts->n_iommus + 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		facts->iommus = grown;
		grown[facts->n_iommus] = strdup(name);
		if (!grown[facts->n_iommus])
			return -ENOMEM;
		facts->n_iommus++;
	}
	if (facts->n_iommus > 1)
		qsort(facts->iommus, facts->n_iommus, sizeof(*facts->iommus), compare_names);
	facts->iommus_state = FACT_KNOWN;
	return 0;
}

static void count_groups(const struct host_root *root, struct host_facts *facts)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	int r = host_root_list(root, &dir, "/sys/kernel/iommu_groups");

	if (r < 0) {
		facts->groups_state = state_without(root, r, "/sys/kernel");
		return;
	}
	while (host_dir_next(dir))
		facts->n_groups++;
	facts->groups_state = FACT_KNOWN;
}

static enum truth configured(const struct host_root *root, const char *module, const char *option)
{
	int set = module_option_is_set(root, module, option);

	return set < 0 ? TRUTH_UNKNOWN : truth_of(set);
}

static int read_modules(const struct host_root *root, struct host_facts *facts)
{
	const char *release = facts->kernel_release.text;
	int r;

	facts->vfio = host_module_state(root, release, "vfio");
	facts->vfio_pci = host_module_state(root, release, "vfio_pci");
	facts->vfio_iommu_type1 = host_module_state(root, release, "vfio_iommu_type1");
	facts->iommufd = host_module_state(root, release, "iommufd");
	facts->type1_unsafe_configured = configured(root, "vfio_iommu_type1", UNSAFE);
	facts->iommufd_unsafe_configured = configured(root, "iommufd", UNSAFE);
	facts->denylist_off_configured = configured(root, "vfio_pci", "disable_denylist");
	r = fact_text_read(&facts->type1_allow_unsafe, root,
			   MODULES "/vfio_iommu_type1/parameters/allow_unsafe_interrupts");
	if (r == 0)
		r = fact_text_read(&facts->iommufd_allow_unsafe, root,
				   MODULES "/iommufd/parameters/allow_unsafe_interrupts");
	if (r == 0)
		r = fact_text_read(&facts->vfio_pci_disable_denylist, root,
				   MODULES "/vfio_pci/parameters/disable_denylist");
	if (r == 0)
		r = fact_text_read(&facts->noiommu_parameter, root,
				   MODULES "/vfio/parameters/enable_unsafe_noiommu_mode");
	return r;
}

/* "none [integrity] confidentiality": the word in brackets. */
static int read_lockdown(const struct host_root *root, struct fact_text *fact)
{
	char text[128], *first, *last;
	ssize_t length = host_root_read(root, text, sizeof(text), "/sys/kernel/security/lockdown");

	if (length < 0) {
		/* Without securityfs nothing is known; "lsm" is always in it. */
		if (length == -ENOENT && host_root_exists(root, "/sys/kernel/security/lsm") == 1)
			fact->state = FACT_ABSENT;
		return 0;
	}
	first = strchr(text, '[');
	last = first ? strchr(first, ']') : NULL;
	if (!last)
		return 0;
	*last = '\0';
	return fact_text_set(fact, first + 1);
}

static enum truth has_node(const struct host_root *root, const char *path)
{
	enum truth there = truth_of_exists(host_root_exists(root, "%s", path));

	/* Nodes are not captured. */
	return there == TRUTH_NO && !root->live ? TRUTH_UNKNOWN : there;
}

static int read_all(const struct host_root *root, struct host_facts *facts)
{
	int r = read_kernel(root, facts);

	if (r == 0)
		r = read_iommus(root, facts);
	if (r == 0)
		r = read_modules(root, facts);
	if (r == 0)
		r = read_lockdown(root, &facts->lockdown);
	if (r == 0)
		r = facts_read_firmware(root, facts);
	if (r == 0)
		r = facts_read_device_tree(root, facts);
	if (r == 0)
		r = facts_read_interrupts(root, facts);
	if (r == 0)
		r = facts_read_symbols(root, facts);
	if (r == 0)
		r = facts_read_vfio(root, facts);
	if (r < 0)
		return r;
	count_groups(root, facts);
	facts->container_node = has_node(root, "/dev/vfio/vfio");
	facts->iommufd_node = has_node(root, "/dev/iommu");
	return 0;
}

int host_facts_read(const struct host_root *root, struct host_facts *ret)
{
	struct host_facts facts = {.live = root->live, .root = root->live && geteuid() == 0};
	int r = read_all(root, &facts);

	if (r < 0) {
		host_facts_release(&facts);
		return r;
	}
	*ret = facts;
	return 0;
}

enum truth host_iommu_domain_ids_full(const struct host_root *root, unsigned long long used,
				      unsigned long long supported)
{
	AUTO_FREE char *release = NULL;
	int major, minor;

	if (used >= supported)
		return TRUTH_YES;
	if (used + 2 < supported)
		return TRUTH_NO;
	if (host_root_read_all(root, "/proc/sys/kernel/osrelease", 256, &release, NULL) < 0 ||
	    sscanf(release, "%d.%d", &major, &minor) != 2)
		return TRUTH_UNKNOWN;
	if (major < 6 || (major == 6 && minor <= 12))
		return TRUTH_NO;
	return major > 7 || (major == 7 && minor >= 3) ? TRUTH_YES : TRUTH_UNKNOWN;
}

void host_iommu_domain_counters(const struct host_root *root, const char *iommu,
				struct fact_number *ret_used, struct fact_number *ret_supported)
{
	*ret_used = (struct fact_number){FACT_UNKNOWN, 0};
	*ret_supported = *ret_used;
	if (strchr(iommu, '/') || iommu[0] == '.')
		return;
	*ret_used = fact_number_read(root, IOMMUS "/%s/intel-iommu/domains_used", iommu);
	*ret_supported = fact_number_read(root, IOMMUS "/%s/intel-iommu/domains_supported", iommu);
}
