/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/class_device.h"
#include "host/in_use_part.h"

#define NODES "/sys/dev/char"

static const struct {
	const char *subsystem;
	enum in_use id;
} subsystems[] = {
	{"drm", IN_USE_DRM},	     {"graphics", IN_USE_CONSOLE},   {"sound", IN_USE_SOUND},
	{"input", IN_USE_USB_INPUT}, {"hidraw", IN_USE_USB_INPUT},   {"tpm", IN_USE_TPM},
	{"tpmrm", IN_USE_TPM},	     {"watchdog", IN_USE_WATCHDOG},  {"tty", IN_USE_SERIAL_CONSOLE},
	{"ipmi", IN_USE_IPMI},	     {"vfio-dev", IN_USE_VFIO_USER},
};

static enum in_use id_of(const struct host_root *root, const char *number)
{
	char name[64];

	if (host_root_read_link_name(root, name, sizeof(name), NODES "/%s/subsystem", number) > 0)
		for (size_t i = 0; i < ARRAY_LENGTH(subsystems); i++)
			if (strcmp(name, subsystems[i].subsystem) == 0)
				return subsystems[i].id;
	return IN_USE_OPEN_NODE;
}

static int read_open(const struct in_use_source *source, const struct name_list *numbers,
		     struct in_use_list *list)
{
	const struct open_file_list *files = source->files;
	int r = 0;

	for (size_t i = 0; r == 0 && i < files->n_nodes; i++) {
		const struct open_node *node = &files->nodes[i];
		char number[32], evidence[64];

		if (node->block || !node->numbered)
			continue;
		snprintf(number, sizeof(number), "%u:%u", node->major, node->minor);
		if (!name_list_has(numbers, number))
			continue;
		snprintf(evidence, sizeof(evidence), "/proc/%ld/fd", (long)node->pid);
		r = in_use_addf(list, id_of(source->root, number), evidence,
				"%s (pid %ld) has %s open", node->command, (long)node->pid,
				node->path);
	}
	return r;
}

/* Character devices below the function that processes have open; disks are looked at by number. */
int in_use_read_nodes(const struct in_use_source *source, struct in_use_list *list)
{
	struct name_list numbers = {0};
	int r = links_marked(source->root, NODES, source->marker, &numbers);

	r = r == -ENOMEM ? r : 0;
	if (r == 0 && numbers.n_names > 0 && source->files)
		r = read_open(source, &numbers, list);
	if (r == 0 && numbers.n_names > 0 && (!source->files || !source->files->complete))
		r = in_use_list_add(list, IN_USE_NOT_MEASURED,
				    "which processes have its device nodes open could not be seen",
				    "/proc/PID/fd");
	name_list_release(&numbers);
	return r;
}
