/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "check/check.h"

/* The contract's exit statuses, beside those that check_report_exit_status() gives. */
enum client_status {
	CLIENT_OK = 0,
	CLIENT_FAIL = 1,
	CLIENT_USAGE = 2,
	CLIENT_WARN = 3,
	CLIENT_NOT_MEASURED = 4,
	CLIENT_NO_DEVICE = 5,
};

/* One command: @run gets the words from its own name on and returns the exit status. */
struct client_command {
	const char *name;
	const char *summary; /* one line, for the list of commands */
	const char *usage;   /* all of --help */
	int (*run)(const struct client_command *command, int argc, char **argv);
};

extern const struct client_command command_check;
extern const struct client_command command_explain;
extern const struct client_command command_graph;
extern const struct client_command command_group;
extern const struct client_command command_hook;
extern const struct client_command command_host;
extern const struct client_command command_list;
extern const struct client_command command_restore;
extern const struct client_command command_status;

/* The whole program; may be called more than once in a process. Returns the exit status.
 */
int client_main(int argc, char **argv);

/* Prints "iommu-diag COMMAND: ..." to standard error; @command may be NULL. */
void client_message(const struct client_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints the message and where to read on; returns CLIENT_USAGE. */
int client_usage_error(const struct client_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Opens the root that --root names (NULL: this machine). Returns CLIENT_OK, or the exit
 * status after a message.
 */
int client_open_root(const struct client_command *command, const char *prefix,
		     struct host_root *ret);

/* Where undo records lie below the root: a new string, NULL without memory. */
char *client_undo_folder(const struct host_root *root);

/*
 * check_run() at the level that opens and writes nothing of VFIO, for commands beside `check`;
 * @guest whose devices the set is, or NULL. What it returns and who releases are the same.
 */
int client_check_passively(const struct host_root *root, const struct guest_domain *guest,
			   const struct pci_address *set, size_t n_set, struct check_report *ret);

/*
 * Flushes standard output. Returns @status, or CLIENT_NOT_MEASURED after a message where
 * something of it could not be written: nobody may take half an answer for a whole one.
 */
int client_finish_output(const struct client_command *command, int status);

#endif
