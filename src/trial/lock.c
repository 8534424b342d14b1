/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trial/folder.h"
#include "trial/lock.h"

#define TRIES_PER_SECOND 20

/*
 * Whether the file that was locked still has its name: its last holder may have removed it
 * between our open and our lock, and a lock on a nameless file keeps nobody out.
 */
static bool still_named(int folder, const char *name, int fd)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/* Returns the locked descriptor, -EWOULDBLOCK where it is taken, or another negative errno. */
static int try_lock(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = flock(fd, LOCK_EX | LOCK_NB) < 0 ? errno : 0;
	if (err == 0 && !still_named(folder, name, fd))
		err = EWOULDBLOCK;
	if (err == 0)
		return fd;
	close(fd);
	return -err;
}

int trial_lock_take(const char *undo_folder, int group, const struct pci_address *device,
		    unsigned seconds, struct trial_lock *ret)
{
	const struct timespec pause = {.tv_nsec = 1000000000 / TRIES_PER_SECOND};
	struct trial_lock lock = {.fd = -1};
	char address[PCI_ADDRESS_SIZE];

	*ret = (struct trial_lock){.fd = -1, .folder = -1};
	lock.folder = undo_folder_open(undo_folder, true);
	if (lock.folder < 0)
		return lock.folder;
	if (group >= 0)
		snprintf(lock.name, sizeof(lock.name), ".lock-group-%d", group);
	else
		snprintf(lock.name, sizeof(lock.name), ".lock-%s",
			 pci_address_format(device, address));
	for (unsigned tries = 0;; tries++) {
		lock.fd = try_lock(lock.folder, lock.name);
		if (lock.fd >= 0)
			break;
		if ((lock.fd != -EWOULDBLOCK && lock.fd != -EINTR) ||
		    tries >= seconds * TRIES_PER_SECOND) {
			close(lock.folder);
			return lock.fd == -EWOULDBLOCK || lock.fd == -EINTR ? -EBUSY : lock.fd;
		}
		nanosleep(&pause, NULL);
	}
	*ret = lock;
	return 0;
}

void trial_lock_release(struct trial_lock *lock)
{
	if (lock->fd < 0)
		return;
	unlinkat(lock->folder, lock->name, 0);
	close(lock->fd);
	close(lock->folder);
	*lock = (struct trial_lock){.fd = -1, .folder = -1};
}

void trial_locks_release(struct trial_lock *locks, size_t n_locks)
{
	while (n_locks > 0)
		trial_lock_release(&locks[--n_locks]);
}

/* The group of the plan with the lowest number above @above, by its first device; or NULL. */
static const struct trial_device *next_group(const struct trial_plan *plan, int above)
{
	const struct trial_device *found = NULL;

	for (size_t i = 0; i < plan->n_devices; i++)
		if (plan->devices[i].group > above &&
		    (!found || plan->devices[i].group < found->group))
			found = &plan->devices[i];
	return found;
}

int trial_locks_take(const char *undo_folder, const struct trial_plan *plan,
		     struct trial_lock *locks, size_t *n_locks)
{
	const struct trial_device *at = next_group(plan, -1);

	*n_locks = 0;
	/* One that has no group yet is alone, and stands for itself. */
	if (!at)
		at = &plan->devices[0];
	for (; at; at = next_group(plan, at->group < 0 ? INT_MAX : at->group)) {
		int result =
			trial_lock_take(undo_folder, at->group, &at->address, 0, &locks[*n_locks]);

		if (result < 0) {
			trial_locks_release(locks, *n_locks);
			*n_locks = 0;
			return result;
		}
		++*n_locks;
	}
	return 0;
}
