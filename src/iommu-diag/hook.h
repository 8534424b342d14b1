/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_HOOK_H
#define CLIENT_HOOK_H

/* The parts of the hook that libvirt calls (command_hook.c). */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "host/root.h"
#include "model/check_report.h"

struct hook_config {
	bool block;	  /* mode=block: a certain failure stops the start */
	bool to_stderr;	  /* log=stderr: what would go to the journal */
	char *complaints; /* what is wrong in the file, a line each; NULL: nothing */
};

/*
 * Reads @path: lines "key=value", "#" comments. What is missing, wrong or unknown leaves the
 * default, and is complained about. A file that does not exist is all defaults. Returns 0 or
 * -ENOMEM; the caller frees the complaints.
 */
int hook_config_read(const char *path, struct hook_config *ret);

/* Everything that one call is about. */
struct hook_call {
	const char *domain;	 /* the name, as libvirt has it */
	const char *operation;	 /* prepare, start, started, stopped, release, ... */
	const char *extra;	 /* release: why the guest is gone, or "-" */
	const char *root_prefix; /* NULL: this machine */
	const struct host_root *root;
	const char *config_file;
	struct hook_config config;
	const char *state_folder; /* where starts that have begun are noted */
	const char *log_folder;	  /* where libvirt keeps what QEMU prints */
	char *xml;		  /* the definition, from standard input */
	size_t xml_size;
	FILE *text; /* what people shall read: the reason of a stop, or the log */
};

/* Of a check: whether the start has to be stopped, for which a certain failure is needed. */
bool hook_prepare(const struct hook_call *call);

/*
 * Logs what this host says of the devices of @guest, and of the guest; the reason of a stop goes to
 * the text. Returns whether the start has to be stopped.
 */
bool hook_report(const struct hook_call *call, const struct guest_domain *guest);

/* The guest runs: its start has not failed. */
void hook_started(const struct hook_call *call);

/* The guest is gone: explains it if it never ran. */
void hook_release(const struct hook_call *call);

/* One entry of the journal, or line of the text; what does not apply is NULL, or -1. */
struct hook_entry {
	int priority; /* of syslog */
	const char *verdict;
	const char *outcome;
	const char *confidence;
	const struct pci_address *device;
	long group;
};

/*
 * Writes what @format prints to the journal, or where the configuration says. A journal that
 * cannot be written is no reason to fail.
 */
void hook_log(const struct hook_call *call, const struct hook_entry *entry, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
