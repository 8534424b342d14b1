/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/class_device.h"
#include "host/in_use_part.h"
#include "host/pci_attribute.h"
#include "host/root_file.h"

#define CONSOLES "/sys/class/vtconsole"
#define DRM "/sys/class/drm"

/* Whether the text console is bound to a driver whose name has @kind in it. */
static bool console_is(const struct host_root *root, const char *kind)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;
	bool found = false;

	if (host_root_list(root, &dir, CONSOLES) < 0)
		return false;
	while (!found && (name = host_dir_next(dir))) {
		char text[128], bound[16];

		found = host_root_read(root, text, sizeof(text), CONSOLES "/%s/name", name) > 0 &&
			host_root_read(root, bound, sizeof(bound), CONSOLES "/%s/bind", name) > 0 &&
			strcmp(bound, "1") == 0 && strstr(text, kind);
	}
	return found;
}

/*
 * The display that firmware has set up. Binding any driver to it evicts the firmware's
 * framebuffer for good, also where no driver is bound now.
 */
static int read_boot_display(const struct in_use_source *source, struct in_use_list *list)
{
	char name[PCI_ADDRESS_SIZE], evidence[96];
	int r;

	if (source->device->boot_vga != TRUTH_YES)
		return 0;
	pci_address_format(&source->device->address, name);
	snprintf(evidence, sizeof(evidence), PCI_DEVICES "/%s/boot_vga", name);
	r = in_use_addf(list, IN_USE_BOOT_VGA, evidence, "%s is the boot display", name);
	if (r == 0 && console_is(source->root, "VGA"))
		r = in_use_addf(list, IN_USE_CONSOLE, CONSOLES, "%s shows the text console (VGA)",
				name);
	return r;
}

/* Which framebuffer the console is on cannot be read: any of the device's may be it. */
static int read_framebuffers(const struct in_use_source *source, struct in_use_list *list)
{
	struct name_list names = {0};
	int r = class_devices_marked(source->root, "graphics", source->marker, &names);

	r = r == -ENOMEM ? r : 0;
	for (size_t i = 0; r == 0 && i < names.n_names; i++)
		if (console_is(source->root, "frame buffer"))
			r = in_use_addf(list, IN_USE_CONSOLE, CONSOLES,
					"/dev/%s shows the text console", names.names[i]);
	name_list_release(&names);
	return r;
}

/* "card0-HDMI-A-1": a connector that is lit. */
static int read_connectors(const struct in_use_source *source, struct in_use_list *list)
{
	const struct host_root *root = source->root;
	struct name_list names = {0};
	int r = class_devices_marked(root, "drm", source->marker, &names);

	r = r == -ENOMEM ? r : 0;
	for (size_t i = 0; r == 0 && i < names.n_names; i++) {
		char status[32], enabled[32], evidence[NAME_MAX + 32];
		const char *connector = strchr(names.names[i], '-');

		if (!connector ||
		    host_root_read(root, status, sizeof(status), DRM "/%s/status",
				   names.names[i]) <= 0 ||
		    host_root_read(root, enabled, sizeof(enabled), DRM "/%s/enabled",
				   names.names[i]) <= 0 ||
		    strcmp(status, "connected") != 0 || strcmp(enabled, "enabled") != 0)
			continue;
		snprintf(evidence, sizeof(evidence), DRM "/%s/enabled", names.names[i]);
		r = in_use_addf(list, IN_USE_DRM, evidence, "%s shows a picture", connector + 1);
	}
	name_list_release(&names);
	return r;
}

int in_use_read_display(const struct in_use_source *source, struct in_use_list *list)
{
	int r = read_boot_display(source, list);

	if (r == 0)
		r = read_framebuffers(source, list);
	return r == 0 ? read_connectors(source, list) : r;
}
