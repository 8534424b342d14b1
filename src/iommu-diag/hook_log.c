/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "iommu-diag/hook.h"
#include "report/safe_text.h"

#define IDENTIFIER "iommu-diag-libvirt-hook"
#define FIELDS_MOST 12

/* The fields of one entry, each a string of its own. */
struct fields {
	char *text[FIELDS_MOST];
	size_t n;
};

static void add(struct fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct fields *fields, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (fields->n < FIELDS_MOST && vasprintf(&fields->text[fields->n], format, arguments) >= 0)
		fields->n++;
	va_end(arguments);
}

static void add_if(struct fields *fields, const char *name, const char *value)
{
	if (value)
		add(fields, "%s=%s", name, value);
}

/* Where no journal listens the system's log is told, which libc drops where there is none. */
static void send(const struct hook_call *call, const struct hook_entry *entry, const char *message)
{
	struct iovec vectors[FIELDS_MOST];
	struct fields fields = {0};
	char address[PCI_ADDRESS_SIZE];

	add(&fields, "MESSAGE=%s", message);
	add(&fields, "PRIORITY=%d", entry->priority);
	add(&fields, "SYSLOG_IDENTIFIER=" IDENTIFIER);
	add(&fields, "LIBVIRT_DOMAIN=%s", call->domain);
	add(&fields, "LIBVIRT_OPERATION=%s", call->operation);
	add_if(&fields, "VERDICT", entry->verdict);
	add_if(&fields, "OUTCOME", entry->outcome);
	add_if(&fields, "CONFIDENCE", entry->confidence);
	if (entry->device)
		add_if(&fields, "DEVICE", pci_address_format(entry->device, address));
	if (entry->group >= 0)
		add(&fields, "IOMMU_GROUP=%ld", entry->group);
	for (size_t i = 0; i < fields.n; i++)
		vectors[i] = (struct iovec){fields.text[i], strlen(fields.text[i])};
	if (access("/run/systemd/journal/socket", W_OK) != 0 ||
	    sd_journal_sendv(vectors, (int)fields.n) < 0) {
		openlog(IDENTIFIER, LOG_PID, LOG_DAEMON);
		syslog(entry->priority, "%s", message);
		closelog();
	}
	for (size_t i = 0; i < fields.n; i++)
		free(fields.text[i]);
}

void hook_log(const struct hook_call *call, const struct hook_entry *entry, const char *format, ...)
{
	AUTO_FREE char *message = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&message, format, arguments);
	va_end(arguments);
	if (length < 0) {
		message = NULL;
		return;
	}
	if (!call->config.to_stderr) {
		send(call, entry, message);
		return;
	}
	safe_text_print(call->text, message);
	fputc('\n', call->text);
}
