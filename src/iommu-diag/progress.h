/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

#include "base/pci_address.h"
#include "model/step.h"

/*
 * Shows on standard error which step of which device a trial is at, each over the last
 * one; for check_options.progress. Only for a terminal.
 */
void progress_show(void *data, const struct pci_address *device, enum step step);

/* Takes the line away; harmless where there is none. */
void progress_erase(void);

#endif
