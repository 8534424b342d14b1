/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "iommu-diag/words.h"

int words_read_devices(const struct client_command *command, const struct host_root *root,
		       struct pci_device_list *ret)
{
	int r = host_pci_list(root, ret);

	if (r == -ENOENT) {
		*ret = (struct pci_device_list){0};
		return CLIENT_OK;
	}
	if (r < 0) {
		client_message(command, "cannot read %s/sys/bus/pci/devices: %s", root->prefix,
			       strerror(-r));
		return CLIENT_NOT_MEASURED;
	}
	return CLIENT_OK;
}

static int resolve_word(const struct client_command *command, const struct host_root *root,
			const struct pci_device_list *devices, const char *word,
			struct pci_address_list *list)
{
	AUTO_FREE char *problem = NULL;
	int r = host_resolve_device(root, devices, word, list, &problem);

	if (r == 0)
		return CLIENT_OK;
	client_message(command, "%s", problem ? problem : strerror(-r));
	if (r == -EINVAL)
		return CLIENT_USAGE;
	return r == -ENODEV ? CLIENT_NO_DEVICE : CLIENT_NOT_MEASURED;
}

int words_resolve(const struct client_command *command, const struct host_root *root,
		  const struct pci_device_list *devices, char *const *words, int n_words,
		  struct pci_address_list *list)
{
	int status = CLIENT_OK;

	for (int i = 0; i < n_words; i++) {
		int word = resolve_word(command, root, devices, words[i], list);

		/* A malformed word weighs most: nobody can tell what was meant. */
		if (word != CLIENT_OK && status != CLIENT_USAGE)
			status = word;
	}
	return status;
}
