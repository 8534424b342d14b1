/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/open_file.h"
#include "host/root_file.h"

/* The inode of the first process namespace (PROC_PID_INIT_INO, include/linux/proc_ns.h). */
#define FIRST_PID_NAMESPACE "pid:[4026531836]"
/* include/linux/sched.h; the ninth field of /proc/PID/stat. */
#define PF_KTHREAD 0x00200000
#define ANCESTORS_MAX 64

struct process {
	pid_t pid;
	pid_t parent;
	unsigned long flags;
	char command[16];
};

struct ancestors {
	pid_t pids[ANCESTORS_MAX];
	size_t n_pids;
};

/* "4242 (a command) S 1 ..."; the command may hold anything, also parentheses. */
static bool read_process(const struct host_root *root, pid_t pid, struct process *ret)
{
	char text[1024], *begin, *end;
	long parent;

	*ret = (struct process){.pid = pid, .command = "?"};
	if (host_root_read(root, text, sizeof(text), "/proc/%ld/stat", (long)pid) < 0)
		return false;
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	if (!begin || !end || end < begin ||
	    sscanf(end + 1, " %*c %ld %*d %*d %*d %*d %lu", &parent, &ret->flags) != 2)
		return false;
	*end = '\0';
	snprintf(ret->command, sizeof(ret->command), "%.15s", begin + 1);
	ret->parent = (pid_t)parent;
	return true;
}

static void read_ancestors(const struct host_root *root, struct ancestors *ret)
{
	struct process process;
	pid_t pid = getppid();

	*ret = (struct ancestors){.n_pids = 0};
	while (root->live && pid > 1 && ret->n_pids < ANCESTORS_MAX &&
	       read_process(root, pid, &process)) {
		ret->pids[ret->n_pids++] = pid;
		pid = process.parent;
	}
}

static bool is_ancestor(const struct ancestors *ancestors, pid_t pid)
{
	for (size_t i = 0; i < ancestors->n_pids; i++)
		if (ancestors->pids[i] == pid)
			return true;
	return false;
}

static bool is_ssh_server(const char *command)
{
	return strncmp(command, "sshd", 4) == 0 || strcmp(command, "dropbear") == 0;
}

static int add_socket(struct open_file_list *list, const struct process *process, bool ancestor,
		      uint64_t inode)
{
	struct open_socket *grown =
		reallocarray(list->sockets, list->n_sockets + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->sockets = grown;
	grown[list->n_sockets] =
		(struct open_socket){.pid = process->pid, .inode = inode, .ancestor = ancestor};
	memcpy(grown[list->n_sockets].command, process->command, sizeof(process->command));
	list->n_sockets++;
	return 0;
}

static int add_node(struct open_file_list *list, const struct process *process,
		    const struct open_node *node)
{
	struct open_node *grown;

	/* One process often has a node open more than once. */
	for (size_t i = list->n_nodes; i > 0 && list->nodes[i - 1].pid == process->pid; i--) {
		const struct open_node *other = &list->nodes[i - 1];

		if (other->block == node->block && other->major == node->major &&
		    other->minor == node->minor && strcmp(other->path, node->path) == 0)
			return 0;
	}
	grown = reallocarray(list->nodes, list->n_nodes + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->nodes = grown;
	grown[list->n_nodes] = *node;
	grown[list->n_nodes].pid = process->pid;
	memcpy(grown[list->n_nodes].command, process->command, sizeof(process->command));
	list->n_nodes++;
	return 0;
}

/*
 * Whether the descriptor is a device node. Of a network file system that does not answer only
 * what is known here is asked.
 */
static bool take_number(const struct host_root *root, int dirfd, const char *name,
			struct open_node *node)
{
	struct statx status;

	if (!root->live)
		return true;
	if (statx(dirfd, name, AT_STATX_DONT_SYNC, STATX_TYPE, &status) < 0 ||
	    !(S_ISCHR(status.stx_mode) || S_ISBLK(status.stx_mode)))
		return false;
	node->block = S_ISBLK(status.stx_mode);
	node->numbered = true;
	node->major = status.stx_rdev_major;
	node->minor = status.stx_rdev_minor;
	return true;
}

static int take_descriptor(const struct host_root *root, int dirfd, const char *name,
			   const struct process *process, const struct ancestors *ancestors,
			   struct open_file_list *list)
{
	struct open_node node = {0};
	bool ancestor = is_ancestor(ancestors, process->pid);
	char target[PATH_MAX];
	uint64_t inode;
	ssize_t length = readlinkat(dirfd, name, target, sizeof(target) - 1);

	if (length < 0) {
		if (errno == EACCES || errno == EPERM)
			list->complete = false;
		return 0;
	}
	target[length] = '\0';
	if (sscanf(target, "socket:[%" SCNu64 "]", &inode) == 1)
		return ancestor || is_ssh_server(process->command)
			       ? add_socket(list, process, ancestor, inode)
			       : 0;
	if (target[0] != '/' || !take_number(root, dirfd, name, &node))
		return 0;
	snprintf(node.path, sizeof(node.path), "%.63s", target);
	return add_node(list, process, &node);
}

static int read_descriptors(const struct host_root *root, pid_t pid,
			    const struct ancestors *ancestors, struct open_file_list *list)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	struct process process;
	bool known = read_process(root, pid, &process);
	const char *name;
	int r;

	if (known && (process.flags & PF_KTHREAD))
		return 0;
	r = host_root_list(root, &dir, "/proc/%ld/fd", (long)pid);
	/* A process that has ended holds nothing. */
	if (r == -ENOENT || r == -ESRCH)
		return 0;
	if (r < 0) {
		list->complete = false;
		return r == -ENOMEM ? r : 0;
	}
	r = 0;
	while (r == 0 && (name = host_dir_next(dir)))
		r = take_descriptor(root, dirfd(dir), name, &process, ancestors, list);
	return r;
}

/*
 * Whether /proc shows every process: not in a container's namespace, nor where hidepid hides
 * other users' (process 1 is always somebody's). A kernel without CONFIG_PID_NS has one
 * namespace and no name for it.
 */
static bool shows_everything(const struct host_root *root)
{
	char name[64];
	ssize_t length;

	if (!root->live)
		return false;
	length = host_root_read_link_name(root, name, sizeof(name), "/proc/self/ns/pid");
	if (length == -ENOENT ? host_root_exists(root, "/proc/self/ns") != 1
			      : length <= 0 || strcmp(name, FIRST_PID_NAMESPACE) != 0)
		return false;
	return host_root_exists(root, "/proc/1") == 1;
}

int open_file_list_read(const struct host_root *root, struct open_file_list *ret)
{
	struct open_file_list list = {.complete = shows_everything(root)};
	AUTO_CLOSEDIR DIR *dir = NULL;
	struct ancestors ancestors;
	const char *name;
	int r;

	*ret = (struct open_file_list){0};
	r = host_root_list(root, &dir, "/proc");
	if (r < 0)
		return root->live ? r : 0;
	read_ancestors(root, &ancestors);
	while ((name = host_dir_next(dir))) {
		pid_t pid = (pid_t)strtol(name, NULL, 10);

		if (name[strspn(name, "0123456789")] != '\0' || (root->live && pid == getpid()))
			continue;
		r = read_descriptors(root, pid, &ancestors, &list);
		if (r < 0) {
			open_file_list_release(&list);
			return r;
		}
	}
	*ret = list;
	return 0;
}

void open_file_list_release(struct open_file_list *list)
{
	free(list->nodes);
	free(list->sockets);
	*list = (struct open_file_list){0};
}
