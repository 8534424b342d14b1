/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/holders.h"
#include "host/in_use_part.h"
#include "host/root_file.h"

/* libvirt writes the process id of every running domain to NAME.pid here. */
#define LIBVIRT_DOMAINS "/run/libvirt/qemu"

/* The name of the libvirt domain that @pid runs, into @buffer. */
static bool find_domain(const struct host_root *root, pid_t pid, char *buffer, size_t size)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;

	if (host_root_list(root, &dir, LIBVIRT_DOMAINS) < 0)
		return false;
	while ((name = host_dir_next(dir))) {
		const char *end = strrchr(name, '.');
		char text[32];

		if (!end || strcmp(end, ".pid") != 0 ||
		    host_root_read(root, text, sizeof(text), LIBVIRT_DOMAINS "/%s", name) <= 0 ||
		    strtol(text, NULL, 10) != (long)pid)
			continue;
		snprintf(buffer, size, "%.*s", (int)(end - name), name);
		return true;
	}
	return false;
}

static int note_holder(const struct in_use_source *source, const struct vfio_holder *holder,
		       struct in_use_list *list)
{
	char domain[256], evidence[64];
	int r;

	snprintf(evidence, sizeof(evidence), "/proc/%ld/fd", (long)holder->pid);
	r = in_use_addf(list, IN_USE_VFIO_USER, evidence, "%s (pid %ld) has %s open",
			holder->command, (long)holder->pid, holder->node);
	if (r == 0 && find_domain(source->root, holder->pid, domain, sizeof(domain)))
		r = in_use_addf(list, IN_USE_LIBVIRT, LIBVIRT_DOMAINS,
				"the libvirt domain %s runs with it", domain);
	return r;
}

/* The processes that have the group's node open, or the function's own one. */
int in_use_read_vfio(const struct in_use_source *source, struct in_use_list *list)
{
	const struct pci_device *device = source->device;
	struct vfio_holder_list holders;
	const struct vfio_holder *holder;
	enum truth held;
	int r;

	if (!source->files || device->group.state != FACT_KNOWN)
		return 0;
	r = vfio_holders_take(source->files, &holders);
	if (r < 0)
		return r;
	held = vfio_holder_list_find(
		&holders, (int)device->group.number,
		device->vfio_dev.state == FACT_KNOWN ? device->vfio_dev.text : NULL, &holder);
	if (held == TRUTH_YES)
		r = note_holder(source, holder, list);
	vfio_holder_list_release(&holders);
	return r;
}
