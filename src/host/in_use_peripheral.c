/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/class_device.h"
#include "host/in_use_part.h"
#include "host/pci_attribute.h"
#include "host/root_file.h"

#define INPUT "/sys/class/input"
#define SOUND "/proc/asound"
#define CONSOLES "/sys/class/tty/console/active"
/* Base class and subclass 0c07: an interface of the board's management controller. */
#define CLASS_IPMI 0x0c07
/* The keys ESC to D, in the lowest word of capabilities/key, as udev's input_id has it. */
#define KEYBOARD_KEYS 0xfffffffeUL
/* REL_X and REL_Y. */
#define POINTER_AXES 0x3UL

/* The lowest word of a bitmap in sysfs: the last one printed. */
static unsigned long lowest_word(const struct host_root *root, const char *name, const char *which)
{
	char text[1024];
	const char *word;

	if (host_root_read(root, text, sizeof(text), INPUT "/%s/capabilities/%s", name, which) <= 0)
		return 0;
	word = strrchr(text, ' ');
	return strtoul(word ? word + 1 : text, NULL, 16);
}

static const char *input_kind(const struct host_root *root, const char *name)
{
	if ((lowest_word(root, name, "key") & KEYBOARD_KEYS) == KEYBOARD_KEYS)
		return "keyboard";
	if ((lowest_word(root, name, "rel") & POINTER_AXES) == POINTER_AXES)
		return "mouse";
	return NULL;
}

static bool has_other_keyboard(const struct host_root *root, const struct name_list *own)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *name;

	if (host_root_list(root, &dir, INPUT) < 0)
		return false;
	while ((name = host_dir_next(dir)))
		if (strncmp(name, "input", 5) == 0 && !name_list_has(own, name) &&
		    (lowest_word(root, name, "key") & KEYBOARD_KEYS) == KEYBOARD_KEYS)
			return true;
	return false;
}

/* Keyboards and mice below the function, whatever the bus: USB, or I2C in a laptop. */
static int read_input(const struct in_use_source *source, struct in_use_list *list)
{
	const struct host_root *root = source->root;
	struct name_list names = {0};
	int r = class_devices_marked(root, "input", source->marker, &names);

	r = r == -ENOMEM ? r : 0;
	for (size_t i = 0; r == 0 && i < names.n_names; i++) {
		const char *kind = NULL;
		char evidence[NAME_MAX + 32], model[128];

		if (strncmp(names.names[i], "input", 5) == 0)
			kind = input_kind(root, names.names[i]);
		if (!kind)
			continue;
		if (host_root_read(root, model, sizeof(model), INPUT "/%s/name", names.names[i]) <
		    0)
			strcpy(model, "without a name");
		snprintf(evidence, sizeof(evidence), INPUT "/%s", names.names[i]);
		r = in_use_addf(list, IN_USE_USB_INPUT, evidence, "the %s %s%s", kind, model,
				strcmp(kind, "keyboard") == 0 && !has_other_keyboard(root, &names)
					? ", the host's only keyboard"
					: "");
	}
	name_list_release(&names);
	return r;
}

/* One direction of a PCM: "pcm0p". */
static int read_streams(const struct host_root *root, const char *card, const char *pcm,
			struct in_use_list *list)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const char *sub;
	int r = 0;

	if (host_root_list(root, &dir, SOUND "/%s/%s", card, pcm) < 0)
		return 0;
	while (r == 0 && (sub = host_dir_next(dir))) {
		char text[512], evidence[3 * NAME_MAX];

		if (strncmp(sub, "sub", 3) != 0 ||
		    host_root_read(root, text, sizeof(text), SOUND "/%s/%s/%s/status", card, pcm,
				   sub) <= 0 ||
		    strncmp(text, "closed", strlen("closed")) == 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		snprintf(evidence, sizeof(evidence), SOUND "/%s/%s/%s/status", card, pcm, sub);
		r = in_use_addf(list, IN_USE_SOUND, evidence, "%s %s is open (%s)", card, pcm,
				text);
	}
	return r;
}

static int read_sound(const struct in_use_source *source, struct in_use_list *list)
{
	struct name_list names = {0};
	int r = class_devices_marked(source->root, "sound", source->marker, &names);

	r = r == -ENOMEM ? r : 0;
	for (size_t i = 0; r == 0 && i < names.n_names; i++) {
		AUTO_CLOSEDIR DIR *dir = NULL;
		const char *card = names.names[i], *name;

		if (strncmp(card, "card", 4) != 0)
			continue;
		if (host_root_list(source->root, &dir, SOUND "/%s", card) < 0) {
			r = in_use_addf(list, IN_USE_NOT_MEASURED, SOUND,
					"whether %s plays could not be read", card);
			continue;
		}
		while (r == 0 && (name = host_dir_next(dir)))
			if (strncmp(name, "pcm", 3) == 0)
				r = read_streams(source->root, card, name, list);
	}
	name_list_release(&names);
	return r;
}

/* Some drivers give their watchdog no parent: then its identity is the name of the driver. */
static int add_orphans(const struct in_use_source *source, struct name_list *list)
{
	const struct fact_text *driver = &source->device->driver;
	struct name_list orphans = {0};
	int r = class_devices_marked(source->root, "watchdog", "/virtual/", &orphans);

	r = r == -ENOMEM ? r : 0;
	for (size_t i = 0; r >= 0 && driver->state == FACT_KNOWN && i < orphans.n_names; i++) {
		char identity[128];

		if (host_root_read(source->root, identity, sizeof(identity),
				   "/sys/class/watchdog/%s/identity", orphans.names[i]) > 0 &&
		    strcmp(identity, driver->text) == 0)
			r = name_list_add(list, orphans.names[i]);
	}
	name_list_release(&orphans);
	return r < 0 ? r : 0;
}

/* A running watchdog resets the machine once nobody feeds it. */
static int read_watchdogs(const struct in_use_source *source, struct in_use_list *list)
{
	struct name_list names = {0};
	int r = class_devices_marked(source->root, "watchdog", source->marker, &names);

	r = r == -ENOMEM ? r : add_orphans(source, &names);
	for (size_t i = 0; r == 0 && i < names.n_names; i++) {
		char state[32], evidence[NAME_MAX + 32];
		ssize_t length;

		snprintf(evidence, sizeof(evidence), "/sys/class/watchdog/%s/state",
			 names.names[i]);
		length = host_root_read(source->root, state, sizeof(state), "%s", evidence);
		if (length <= 0)
			r = in_use_addf(list, IN_USE_NOT_MEASURED, evidence,
					"whether %s runs could not be read", names.names[i]);
		else if (strcmp(state, "inactive") != 0)
			r = in_use_addf(list, IN_USE_WATCHDOG, evidence,
					"%s runs, and resets the machine when nobody feeds it",
					names.names[i]);
	}
	name_list_release(&names);
	return r;
}

static int read_serial_consoles(const struct in_use_source *source, struct in_use_list *list)
{
	struct name_list names = {0};
	char text[512], *cursor = text, *word;
	int r = class_devices_marked(source->root, "tty", source->marker, &names);

	r = r == -ENOMEM ? r : 0;
	if (r == 0 && names.n_names > 0 &&
	    host_root_read(source->root, text, sizeof(text), CONSOLES) < 0) {
		r = in_use_list_add(list, IN_USE_NOT_MEASURED,
				    "the kernel's consoles could not be read", CONSOLES);
		text[0] = '\0';
	} else if (names.n_names == 0) {
		text[0] = '\0';
	}
	while (r == 0 && (word = host_next_word(&cursor)))
		if (name_list_has(&names, word))
			r = in_use_addf(list, IN_USE_SERIAL_CONSOLE, CONSOLES,
					"/dev/%s is a console of the kernel", word);
	name_list_release(&names);
	return r;
}

/* What the host has as soon as its driver is bound. */
static int read_presence(const struct in_use_source *source, struct in_use_list *list)
{
	const struct fact_number *code = &source->device->class_code;
	char name[PCI_ADDRESS_SIZE], evidence[96];
	struct name_list names = {0};
	int r = class_devices_marked(source->root, "tpm", source->marker, &names);

	r = r == -ENOMEM ? r : 0;
	for (size_t i = 0; r == 0 && i < names.n_names; i++)
		r = in_use_addf(list, IN_USE_TPM, "/sys/class/tpm",
				"/dev/%s is the host's trusted platform module", names.names[i]);
	name_list_release(&names);
	if (r < 0 || code->state != FACT_KNOWN || code->number >> 8 != CLASS_IPMI ||
	    !in_use_has_host_driver(source->device))
		return r;
	snprintf(evidence, sizeof(evidence), PCI_DEVICES "/%s/driver",
		 pci_address_format(&source->device->address, name));
	return in_use_addf(list, IN_USE_IPMI, evidence,
			   "the host talks to its management controller through it (%s)",
			   source->device->driver.text);
}

static int read_virtual_functions(const struct in_use_source *source, struct in_use_list *list)
{
	const struct fact_number *vfs = &source->device->sriov_numvfs;
	char name[PCI_ADDRESS_SIZE], evidence[96];

	if (vfs->state != FACT_KNOWN || vfs->number == 0)
		return 0;
	snprintf(evidence, sizeof(evidence), PCI_DEVICES "/%s/sriov_numvfs",
		 pci_address_format(&source->device->address, name));
	return in_use_addf(list, IN_USE_VFS_IN_USE, evidence, "%llu virtual functions are enabled",
			   (unsigned long long)vfs->number);
}

int in_use_read_peripherals(const struct in_use_source *source, struct in_use_list *list)
{
	static int (*const parts[])(const struct in_use_source *, struct in_use_list *) = {
		read_input,	      read_sound,    read_watchdogs,
		read_serial_consoles, read_presence, read_virtual_functions,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(parts); i++)
		r = parts[i](source, list);
	return r;
}
