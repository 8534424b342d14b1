/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "host/in_use.h"
#include "host/open_file.h"
#include "host/pci.h"
#include "worker/last_look.h"

static bool is_in_use(const struct worker_trial *trial, const struct pci_device *device,
		      const struct open_file_list *files, char **ret_what)
{
	struct in_use_list list;
	bool found = false;

	if (host_in_use_read(trial->root, files, device, &list) < 0)
		return true;
	for (size_t i = 0; !found && i < list.n_items; i++) {
		found = !(IN_USE_BIT(list.items[i].id) & trial->force);
		if (found)
			*ret_what = strdup(list.items[i].what);
	}
	in_use_list_release(&list);
	return found;
}

bool last_look_finds_use(const struct worker_trial *trial, size_t index, char **ret_what)
{
	struct open_file_list files;
	struct pci_device device;
	bool found, seen;

	*ret_what = NULL;
	/* One that has left the bus meanwhile is used by nobody, and shows at its first step. */
	if (host_pci_read_detail(trial->root, &trial->plan->devices[index].address, &device) < 0)
		return false;
	seen = open_file_list_read(trial->root, &files) == 0;
	found = is_in_use(trial, &device, seen ? &files : NULL, ret_what);
	if (seen)
		open_file_list_release(&files);
	pci_device_release(&device);
	return found;
}
