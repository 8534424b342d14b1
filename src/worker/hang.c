/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "host/holders.h"
#include "worker/hang.h"

/* "[<0>] vfio_unregister_group_dev+0x7d/0x110 [vfio]": the innermost function comes first. */
static void read_function(const struct host_root *root, pid_t pid, char *function, size_t size)
{
	char text[4097], name[128];

	function[0] = '\0';
	if (host_root_read(root, text, sizeof(text), "/proc/%ld/stack", (long)pid) > 0 &&
	    sscanf(text, "[<%*[^>]>] %127[A-Za-z0-9_.]", name) == 1)
		snprintf(function, size, ", in %s", name);
	else if (host_root_read(root, name, sizeof(name), "/proc/%ld/wchan", (long)pid) > 1)
		snprintf(function, size, ", in %s", name);
}

static void read_state(const struct host_root *root, pid_t pid, char *state, size_t size)
{
	char text[1024];
	const char *end;

	state[0] = '\0';
	if (host_root_read(root, text, sizeof(text), "/proc/%ld/stat", (long)pid) <= 0)
		return;
	end = strrchr(text, ')');
	if (end && end[1] == ' ' && end[2] != '\0')
		snprintf(state, size, " (state %c)", end[2]);
}

static void find_holder(const struct host_root *root, int group, char *holder, size_t size)
{
	struct vfio_holder_list list;
	const struct vfio_holder *found = NULL;

	holder[0] = '\0';
	if (group < 0 || vfio_holders_read(root, &list) < 0)
		return;
	if (vfio_holder_list_find(&list, group, NULL, &found) == TRUTH_YES && found)
		snprintf(holder, size, "; %s (pid %ld) holds the group", found->command,
			 (long)found->pid);
	vfio_holder_list_release(&list);
}

char *worker_hang_explain(pid_t pid, int group)
{
	char function[160], state[32], holder[128], *text;
	struct host_root root;

	if (host_root_open(NULL, &root) < 0)
		return NULL;
	read_function(&root, pid, function, sizeof(function));
	read_state(&root, pid, state, sizeof(state));
	find_holder(&root, group, holder, sizeof(holder));
	host_root_close(&root);
	if (asprintf(&text, "process %ld waits in the kernel%s%s%s", (long)pid, function, state,
		     holder) < 0)
		return NULL;
	return text;
}
