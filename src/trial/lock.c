/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "trial/folder.h"
#include "trial/lock.h"

#define TRIES_PER_SECOND 20

int trial_lock(const char *undo_folder, int group, const struct pci_address *device,
	       unsigned seconds)
{
	const struct timespec pause = {.tv_nsec = 1000000000 / TRIES_PER_SECOND};
	char name[PCI_ADDRESS_SIZE], file[48];
	int folder, fd;

	folder = undo_folder_open(undo_folder, true);
	if (folder < 0)
		return folder;
	if (group >= 0)
		snprintf(file, sizeof(file), ".lock-group-%d", group);
	else
		snprintf(file, sizeof(file), ".lock-%s", pci_address_format(device, name));
	fd = openat(folder, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	close(folder);
	if (fd < 0)
		return -errno;
	for (unsigned tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		int err = errno;

		if (err != EWOULDBLOCK && err != EINTR) {
			close(fd);
			return -err;
		}
		if (tries >= seconds * TRIES_PER_SECOND) {
			close(fd);
			return -EBUSY;
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}
