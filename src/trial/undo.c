/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "trial/folder.h"
#include "trial/undo.h"

#define FORMAT_LINE "iommu-diag-undo 1\n"
#define RECORD_LIMIT 8192

void undo_record_release(struct undo_record *record)
{
	free(record->driver);
	free(record->driver_override);
	free(record->power_control);
	free(record->trial_driver);
	*record = (struct undo_record){0};
}

/* The kernel's own word for "unset", which it can therefore not hold as a value. */
#define UNSET "(null)"

static const char *or_unset(const char *text)
{
	return text && *text ? text : UNSET;
}

/* "link eth0 0 up", a line for each. */
static const char *links_text(const struct network_links *links, char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < links->n_links; i++)
		used += (size_t)snprintf(buffer + used, size - used, "link %s %u %s\n",
					 links->links[i].name, links->links[i].port,
					 links->links[i].up ? "up" : "down");
	return buffer;
}

static char *record_text(const struct undo_record *record)
{
	char address[PCI_ADDRESS_SIZE], links[NETWORK_LINKS_MAX * 64];
	char *text;

	if (asprintf(&text,
		     FORMAT_LINE "boot-id %s\n"
				 "address %s\n"
				 "ids %04x:%04x\n"
				 "group %d\n"
				 "driver %s\n"
				 "driver-override %s\n"
				 "power-control %s\n"
				 "trial-driver %s\n"
				 "worker %ld %llu\n"
				 "%send\n",
		     record->boot_id, pci_address_format(&record->address, address), record->vendor,
		     record->device, record->group, or_unset(record->driver),
		     or_unset(record->driver_override), or_unset(record->power_control),
		     or_unset(record->trial_driver), (long)record->worker_pid,
		     (unsigned long long)record->worker_start,
		     links_text(&record->links, links, sizeof(links))) < 0)
		return NULL;
	return text;
}

static int write_synced(int folder, const char *name, const char *text)
{
	AUTO_CLOSE int fd =
		openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int result;

	if (fd < 0)
		return -errno;
	result = fd_write_all(fd, text, strlen(text));
	if (result == 0 && fsync(fd) < 0)
		result = -errno;
	return result;
}

int undo_record_write(const char *folder_path, const struct undo_record *record)
{
	AUTO_CLOSE int folder = undo_folder_open(folder_path, true);
	AUTO_FREE char *text = NULL;
	char name[PCI_ADDRESS_SIZE], temporary[PCI_ADDRESS_SIZE + 8];
	int result;

	if (folder < 0)
		return folder;
	text = record_text(record);
	if (!text)
		return -ENOMEM;
	pci_address_format(&record->address, name);
	snprintf(temporary, sizeof(temporary), ".%s.tmp", name);
	result = write_synced(folder, temporary, text);
	if (result == 0 && renameat2(folder, temporary, folder, name, RENAME_NOREPLACE) < 0)
		result = -errno;
	if (result == 0 && fsync(folder) < 0)
		result = -errno;
	if (result < 0)
		unlinkat(folder, temporary, 0);
	return result;
}

int undo_record_remove(const char *folder_path, const struct pci_address *address)
{
	AUTO_CLOSE int folder = undo_folder_open(folder_path, false);
	char name[PCI_ADDRESS_SIZE];

	if (folder == -ENOENT)
		return 0;
	if (folder < 0)
		return folder;
	if (unlinkat(folder, pci_address_format(address, name), 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(folder) < 0 ? -errno : 0;
}

/* Takes "KEY value\n" at *@cursor; the value is terminated in place. */
static int take_line(char **cursor, const char *key, char **ret)
{
	size_t length = strlen(key);
	char *end = strchr(*cursor, '\n');

	if (!end || strncmp(*cursor, key, length) != 0 || (*cursor)[length] != ' ')
		return -EINVAL;
	*end = '\0';
	*ret = *cursor + length + 1;
	if (**ret == '\0')
		return -EINVAL;
	*cursor = end + 1;
	return 0;
}

static int take_text(char **cursor, const char *key, char **ret)
{
	char *value;

	if (take_line(cursor, key, &value) < 0)
		return -EINVAL;
	if (strcmp(value, UNSET) == 0)
		return 0;
	*ret = strdup(value);
	return *ret ? 0 : -ENOMEM;
}

/* A driver's name becomes part of a path below /sys/bus/pci/drivers. */
static bool is_driver_name(const char *name)
{
	return !name || (!strchr(name, '/') && name[0] != '.');
}

static int parse_numbers(char **cursor, struct undo_record *record)
{
	char *value;
	int end = 0;

	if (take_line(cursor, "boot-id", &value) < 0 || strlen(value) >= sizeof(record->boot_id))
		return -EINVAL;
	strcpy(record->boot_id, value);
	if (take_line(cursor, "address", &value) < 0 ||
	    pci_address_parse_exact(value, &record->address) < 0)
		return -EINVAL;
	if (take_line(cursor, "ids", &value) < 0 ||
	    sscanf(value, "%4hx:%4hx%n", &record->vendor, &record->device, &end) != 2 ||
	    value[end] != '\0')
		return -EINVAL;
	if (take_line(cursor, "group", &value) < 0 ||
	    sscanf(value, "%d%n", &record->group, &end) != 1 || value[end] != '\0' ||
	    record->group < -1)
		return -EINVAL;
	return 0;
}

/* A name of at most 15 bytes that can be no path (dev_valid_name()). */
static int parse_link(const char *value, struct network_links *links)
{
	struct network_link link = {0};
	char state[5];
	int end = 0;

	if (sscanf(value, "%15s %u %4s%n", link.name, &link.port, state, &end) != 3 ||
	    value[end] != '\0' || strchr(link.name, '/') || link.name[0] == '.' ||
	    links->n_links == NETWORK_LINKS_MAX)
		return -EINVAL;
	link.up = strcmp(state, "up") == 0;
	if (!link.up && strcmp(state, "down") != 0)
		return -EINVAL;
	links->links[links->n_links++] = link;
	return 0;
}

/* A record that was cut short must not be taken for one that says "no driver". */
static int parse_rest(char *cursor, struct undo_record *record)
{
	while (strcmp(cursor, "end\n") != 0) {
		char *line = cursor, *end = strchr(cursor, '\n');

		if (!end)
			return -EINVAL;
		*end = '\0';
		cursor = end + 1;
		/* A key and a value; what has its place above does not stand twice. */
		if (!strchr(line, ' ') || strncmp(line, "worker ", strlen("worker ")) == 0)
			return -EINVAL;
		if (strncmp(line, "link ", strlen("link ")) == 0 &&
		    parse_link(line + strlen("link "), &record->links) < 0)
			return -EINVAL;
	}
	return 0;
}

static int parse_record(char *cursor, struct undo_record *record)
{
	unsigned long long start;
	char *value;
	long pid;
	int result, end = 0;

	if (strncmp(cursor, FORMAT_LINE, strlen(FORMAT_LINE)) != 0)
		return -EINVAL;
	cursor += strlen(FORMAT_LINE);
	result = parse_numbers(&cursor, record);
	if (result == 0)
		result = take_text(&cursor, "driver", &record->driver);
	if (result == 0)
		result = take_text(&cursor, "driver-override", &record->driver_override);
	if (result == 0)
		result = take_text(&cursor, "power-control", &record->power_control);
	if (result == 0)
		result = take_text(&cursor, "trial-driver", &record->trial_driver);
	if (result < 0)
		return result;
	if (!is_driver_name(record->driver) || !is_driver_name(record->trial_driver))
		return -EINVAL;
	if (take_line(&cursor, "worker", &value) < 0 ||
	    sscanf(value, "%ld %llu%n", &pid, &start, &end) != 2 || value[end] != '\0' ||
	    pid <= 0 || pid > INT_MAX)
		return -EINVAL;
	record->worker_pid = (pid_t)pid;
	record->worker_start = start;
	return parse_rest(cursor, record);
}

int undo_record_parse(const char *text, struct undo_record *ret)
{
	AUTO_FREE char *copy = strdup(text);
	struct undo_record record = {0};
	int result;

	if (!copy)
		return -ENOMEM;
	result = parse_record(copy, &record);
	if (result < 0)
		undo_record_release(&record);
	else
		*ret = record;
	return result;
}

static int list_add(struct undo_record_list *list, int folder, const char *name)
{
	AUTO_FREE char *text = NULL;
	struct undo_record record;
	struct pci_address address;
	size_t size = 0;
	int result = fd_read_all_at(folder, name, RECORD_LIMIT, &text, &size);

	if (result == -ENOENT)
		return 0;
	if (result == 0)
		result = strlen(text) == size ? undo_record_parse(text, &record) : -EINVAL;
	if (result == 0 && (pci_address_parse_exact(name, &address) < 0 ||
			    !pci_address_equal(&address, &record.address))) {
		undo_record_release(&record);
		result = -EINVAL;
	}
	if (result == 0) {
		struct undo_record *grown =
			reallocarray(list->records, list->n_records + 1, sizeof(*grown));

		if (!grown) {
			undo_record_release(&record);
			return -ENOMEM;
		}
		list->records = grown;
		grown[list->n_records++] = record;
		return 0;
	}
	if (result != -ENOMEM) {
		char **grown =
			reallocarray(list->unreadable, list->n_unreadable + 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->unreadable = grown;
		if (asprintf(&grown[list->n_unreadable], "%s: %s", name,
			     result == -EINVAL ? "not an undo record" : strerror(-result)) < 0)
			return -ENOMEM;
		list->n_unreadable++;
		return 0;
	}
	return result;
}

static int compare_records(const void *a, const void *b)
{
	const struct undo_record *x = a, *y = b;

	return pci_address_compare(&x->address, &y->address);
}

bool undo_record_list_is_unreadable(const struct undo_record_list *list,
				    const struct pci_address *address)
{
	char name[PCI_ADDRESS_SIZE];
	size_t length = strlen(pci_address_format(address, name));

	for (size_t i = 0; i < list->n_unreadable; i++)
		if (strncmp(list->unreadable[i], name, length) == 0 &&
		    list->unreadable[i][length] == ':')
			return true;
	return false;
}

int undo_record_list_read(const char *folder_path, struct undo_record_list *ret)
{
	struct undo_record_list list = {0};
	AUTO_CLOSEDIR DIR *stream = NULL;
	const struct dirent *entry;
	int folder = undo_folder_open(folder_path, false), result = 0;

	*ret = list;
	if (folder == -ENOENT)
		return 0;
	if (folder < 0)
		return folder;
	stream = fdopendir(folder);
	if (!stream) {
		close(folder);
		return -ENOMEM;
	}
	/* Names that begin with a dot are locks and records that were never finished. */
	while (result == 0) {
		/* A folder that cannot be read to its end is no empty one. */
		errno = 0;
		entry = readdir(stream);
		if (!entry) {
			result = -errno;
			break;
		}
		if (entry->d_name[0] != '.')
			result = list_add(&list, folder, entry->d_name);
	}
	if (result < 0) {
		undo_record_list_release(&list);
		return result;
	}
	if (list.n_records > 1)
		qsort(list.records, list.n_records, sizeof(*list.records), compare_records);
	*ret = list;
	return 0;
}

const struct undo_record *undo_record_list_find(const struct undo_record_list *list,
						const struct pci_address *address)
{
	for (size_t i = 0; i < list->n_records; i++)
		if (pci_address_equal(&list->records[i].address, address))
			return &list->records[i];
	return NULL;
}

void undo_record_list_release(struct undo_record_list *list)
{
	for (size_t i = 0; i < list->n_records; i++)
		undo_record_release(&list->records[i]);
	for (size_t i = 0; i < list->n_unreadable; i++)
		free(list->unreadable[i]);
	free(list->records);
	free(list->unreadable);
	*list = (struct undo_record_list){0};
}

/* Field 22 of /proc/PID/stat; the command in field 2 may hold spaces and parentheses. */
static int read_start_time(pid_t pid, uint64_t *ret)
{
	char path[32], text[1024];
	unsigned long long start;
	const char *cursor;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (fd_read_small_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return -ESRCH;
	cursor = strrchr(text, ')');
	if (!cursor || cursor[1] != ' ')
		return -EINVAL;
	/* A zombie has let go of everything; only its parent has not looked yet. */
	if (cursor[2] == 'Z' || cursor[2] == 'X')
		return -ESRCH;
	if (sscanf(cursor + 2,
		   "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
		   "%*d %*d %*d %llu",
		   &start) != 1)
		return -EINVAL;
	*ret = start;
	return 0;
}

bool undo_record_owner_is_alive(const struct undo_record *record)
{
	uint64_t start;

	return read_start_time(record->worker_pid, &start) == 0 && start == record->worker_start;
}

int undo_record_claim(struct undo_record *record)
{
	ssize_t length = fd_read_small_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id",
					  record->boot_id, sizeof(record->boot_id));

	if (length < 0) {
		record->boot_id[0] = '\0';
		return (int)length;
	}
	record->worker_pid = getpid();
	return read_start_time(record->worker_pid, &record->worker_start);
}
