/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "vfio/linux.h"
#include "vfio/linux_sysfs.h"

#define BUS "/sys/bus/pci"

/* A module's init that takes longer is not waited for; modprobe itself is ended. */
#define MODPROBE_MILLISECONDS 20000

static struct kernel_answer answer_errno(int err)
{
	return (struct kernel_answer){.err = err};
}

static int write_text(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written;

	if (fd < 0)
		return errno;
	/* One write: sysfs takes a value whole, and a second write would be a second request. */
	written = write(fd, text, strlen(text));
	return written < 0 ? errno : 0;
}

struct kernel_answer linux_knob_write(void *kernel, const struct pci_address *device,
				      enum knob knob, const char *value)
{
	char name[PCI_ADDRESS_SIZE], path[256];
	const char *text = name;

	(void)kernel;
	pci_address_format(device, name);
	switch (knob) {
	case KNOB_DRIVER_OVERRIDE:
		snprintf(path, sizeof(path), BUS "/devices/%s/driver_override", name);
		text = value ? value : "\n";
		break;
	case KNOB_UNBIND:
		snprintf(path, sizeof(path), BUS "/drivers/%s/unbind", value);
		break;
	case KNOB_BIND:
		snprintf(path, sizeof(path), BUS "/drivers/%s/bind", value);
		break;
	case KNOB_PROBE:
		snprintf(path, sizeof(path), BUS "/drivers_probe");
		break;
	case KNOB_POWER_CONTROL:
		snprintf(path, sizeof(path), BUS "/devices/%s/power/control", name);
		text = value;
		break;
	}
	return answer_errno(write_text(path, text));
}

/* A link that does not exist is "" as long as the device itself does. */
static int read_link_or_empty(const char *folder, const char *link, char *buffer)
{
	char path[160];
	struct stat status;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s", folder, link);
	length = fd_read_link_name_at(AT_FDCWD, path, buffer, KNOB_STATE_SIZE);
	if (length >= 0)
		return 0;
	if (length != -ENOENT)
		return (int)-length;
	buffer[0] = '\0';
	return stat(folder, &status) < 0 ? errno : 0;
}

static int read_attribute(const char *folder, const char *attribute, char *buffer)
{
	char path[160];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s", folder, attribute);
	length = fd_read_small_at(AT_FDCWD, path, buffer, KNOB_STATE_SIZE);
	return length < 0 ? (int)-length : 0;
}

static int read_ids(const char *folder, char *buffer)
{
	char vendor[KNOB_STATE_SIZE], device[KNOB_STATE_SIZE];
	int err = read_attribute(folder, "vendor", vendor);

	if (err == 0)
		err = read_attribute(folder, "device", device);
	if (err == 0)
		snprintf(buffer, KNOB_STATE_SIZE, "%.4s:%.4s",
			 strncmp(vendor, "0x", 2) == 0 ? vendor + 2 : vendor,
			 strncmp(device, "0x", 2) == 0 ? device + 2 : device);
	return err;
}

struct kernel_answer linux_knob_read(void *kernel, const struct pci_address *device,
				     enum knob_state state, char *buffer)
{
	char name[PCI_ADDRESS_SIZE], folder[64];
	int err = EINVAL;

	(void)kernel;
	buffer[0] = '\0';
	snprintf(folder, sizeof(folder), BUS "/devices/%s", pci_address_format(device, name));
	switch (state) {
	case KNOB_STATE_DRIVER:
		err = read_link_or_empty(folder, "driver", buffer);
		break;
	case KNOB_STATE_DRIVER_OVERRIDE:
		err = read_attribute(folder, "driver_override", buffer);
		if (err == 0 && strcmp(buffer, "(null)") == 0)
			buffer[0] = '\0';
		break;
	case KNOB_STATE_POWER_CONTROL:
		err = read_attribute(folder, "power/control", buffer);
		break;
	case KNOB_STATE_GROUP:
		err = read_link_or_empty(folder, "iommu_group", buffer);
		break;
	case KNOB_STATE_GROUP_NAME:
		err = read_attribute(folder, "iommu_group/name", buffer);
		if (err == ENOENT) {
			buffer[0] = '\0';
			err = 0;
		}
		break;
	case KNOB_STATE_IDS:
		err = read_ids(folder, buffer);
		break;
	}
	return answer_errno(err);
}

int vfio_linux_modprobe_errno(const char *complaint)
{
	int err;

	if (strstr(complaint, "not found in directory") ||
	    strstr(complaint, "not found in modules"))
		return ENOENT;
	err = errno_from_message(complaint);
	if (err != 0)
		return err;
	if (strstr(complaint, "install command"))
		return EPERM;
	return ENOEXEC;
}

static int spawn_modprobe(const char *module, int complaints, pid_t *ret)
{
	static const char *const places[] = {"/sbin/modprobe", "/usr/sbin/modprobe",
					     "/bin/modprobe", "/usr/bin/modprobe"};
	char *const arguments[] = {(char *)"modprobe", (char *)"--", (char *)module, NULL};
	char *const environment[] = {(char *)"LC_ALL=C",
				     (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);

	if (err != 0)
		return err;
	err = posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
	for (size_t i = 0; err == 0 && i < ARRAY_LENGTH(places); i++) {
		err = posix_spawn(ret, places[i], &actions, NULL, arguments, environment);
		if (err != ENOENT)
			break;
		err = i + 1 < ARRAY_LENGTH(places) ? 0 : ENOENT;
	}
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

static long milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Collects what modprobe says until it closes its standard error. Returns false at the deadline. */
static bool collect(int fd, char *buffer, size_t size)
{
	long deadline = milliseconds_now() + MODPROBE_MILLISECONDS;
	size_t used = 0;

	for (;;) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		long left = deadline - milliseconds_now();
		char chunk[512];
		ssize_t length;

		if (left <= 0)
			return false;
		if (poll(&poller, 1, (int)left) <= 0)
			continue;
		length = read(fd, chunk, sizeof(chunk));
		if (length == 0 || (length < 0 && errno != EINTR))
			break;
		for (ssize_t i = 0; i < length && used + 1 < size; i++)
			buffer[used++] = chunk[i];
	}
	buffer[used] = '\0';
	return true;
}

struct kernel_answer linux_module_load(void *kernel, const char *module)
{
	char complaint[1024] = "";
	int ends[2], status = 0, err;
	bool in_time;
	pid_t pid;

	(void)kernel;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return answer_errno(errno);
	err = spawn_modprobe(module, ends[1], &pid);
	close(ends[1]);
	if (err != 0) {
		close(ends[0]);
		return answer_errno(err);
	}
	in_time = collect(ends[0], complaint, sizeof(complaint));
	close(ends[0]);
	if (!in_time)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, in_time ? 0 : WNOHANG) < 0 && errno == EINTR)
		;
	if (!in_time)
		return answer_errno(ETIMEDOUT);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return answer_errno(0);
	return answer_errno(vfio_linux_modprobe_errno(complaint));
}
