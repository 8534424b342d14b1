/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "domain/domain_xml.h"
#include "iommu-diag/explain.h"
#include "iommu-diag/hook.h"
#include "iommu-diag/hook_state.h"

/* QEMU's log has every start in it; what it printed last stands at the end. */
#define TAIL_MOST (64 * 1024)

/* How libvirt begins each start in that log. */
#define START_MARK "starting up libvirt version"

/* libvirt forbids the slash in names, but nothing forbids it on this command line. */
static bool is_file_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

/* The end of QEMU's log, from the last start on: a new string; NULL where there is none. */
static char *read_last_start(const struct hook_call *call)
{
	AUTO_FREE char *path = NULL;
	AUTO_FREE char *text = NULL;
	AUTO_CLOSE int fd = -1;
	const char *start, *next;
	struct stat status;
	ssize_t length;

	if (!is_file_name(call->domain) ||
	    asprintf(&path, "%s/%s.log", call->log_folder, call->domain) < 0) {
		path = NULL;
		return NULL;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return NULL;
	text = malloc(TAIL_MOST + 1);
	if (!text)
		return NULL;
	length = pread(fd, text, TAIL_MOST,
		       status.st_size > TAIL_MOST ? status.st_size - TAIL_MOST : 0);
	if (length <= 0)
		return NULL;
	text[length] = '\0';
	for (start = text; (next = strstr(start + 1, START_MARK)) != NULL;)
		start = next;
	return strdup(start);
}

static void log_finding(const struct hook_call *call, const struct finding *finding)
{
	const struct hook_entry entry = {
		.priority = LOG_WARNING,
		.verdict = verdict_id(finding->verdict),
		.outcome = outcome_name(OUTCOME_FAIL),
		.confidence = confidence_name(finding->confidence),
		.device = finding->has_device ? &finding->device : NULL,
		.group = finding->group,
	};

	hook_log(call, &entry, "domain %s did not start: %s (%s): %s%s%s", call->domain,
		 entry.verdict, entry.confidence, finding->summary,
		 finding->n_fixes > 0 ? ". What to do: " : "",
		 finding->n_fixes > 0 ? finding->fixes[0] : "");
}

/* Explains @text, joined with this host. Returns whether anything was recognised. */
static bool explain(const struct hook_call *call, char *text)
{
	AUTO_FCLOSE FILE *file = *text ? fmemopen(text, strlen(text), "r") : NULL;
	struct explain_subject subject = {.group = -1};
	struct finding_list list = {0};
	bool found = false;

	if (!file)
		return false;
	if (explain_stream(file, &list, &subject) == 0 &&
	    explain_join(call->root, &subject, &list) == 0 && explain_fill_all(&list) == 0 &&
	    list.n_findings > 0 && list.findings[0].verdict != VERDICT_NO_FAULT &&
	    list.findings[0].verdict != VERDICT_UNKNOWN) {
		log_finding(call, &list.findings[0]);
		found = true;
	}
	finding_list_release(&list);
	return found;
}

/* Newer libvirt says why; older says "-", and then a start that never was over has failed. */
static bool has_failed(const struct hook_call *call, const char *uuid)
{
	bool pending = hook_state_end(call, uuid);

	return strcmp(call->extra, "failed") == 0 || (strcmp(call->extra, "-") == 0 && pending);
}

void hook_release(const struct hook_call *call)
{
	struct guest_domain guest = {0};
	AUTO_FREE char *problem = NULL, *text = NULL;

	if (domain_xml_parse(call->xml, call->xml_size, &guest, &problem) < 0)
		return;
	if (has_failed(call, guest.uuid) && guest.n_hostdevs > 0) {
		text = read_last_start(call);
		if (!text || !explain(call, text))
			hook_log(call, &(struct hook_entry){.priority = LOG_NOTICE, .group = -1},
				 "domain %s did not start, and QEMU's log does not say why. "
				 "What this host says of its devices follows",
				 call->domain);
		hook_report(call, &guest);
	}
	guest_domain_release(&guest);
}

void hook_started(const struct hook_call *call)
{
	struct guest_domain guest = {0};
	AUTO_FREE char *problem = NULL;

	if (domain_xml_parse(call->xml, call->xml_size, &guest, &problem) < 0)
		return;
	hook_state_end(call, guest.uuid);
	guest_domain_release(&guest);
}
