/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "vfio/linux_net.h"

static unsigned long read_number(int folder, const char *name, const char *attribute)
{
	char path[NAME_MAX + 16], text[32];

	snprintf(path, sizeof(path), "%s/%s", name, attribute);
	if (fd_read_small_at(folder, path, text, sizeof(text)) < 0)
		return 0;
	return strtoul(text, NULL, 0);
}

struct kernel_answer linux_links_read(void *kernel, const struct pci_address *device,
				      struct network_links *ret)
{
	AUTO_CLOSEDIR DIR *folder = NULL;
	char path[64], address[PCI_ADDRESS_SIZE];
	const struct dirent *entry;

	(void)kernel;
	*ret = (struct network_links){0};
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/net",
		 pci_address_format(device, address));
	folder = opendir(path);
	if (!folder)
		return (struct kernel_answer){.err = errno == ENOENT ? 0 : errno};
	while (ret->n_links < NETWORK_LINKS_MAX && (entry = readdir(folder))) {
		struct network_link *link = &ret->links[ret->n_links];

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(link->name))
			continue;
		strcpy(link->name, entry->d_name);
		link->port = (unsigned)read_number(dirfd(folder), link->name, "dev_port");
		link->up = read_number(dirfd(folder), link->name, "flags") & IFF_UP;
		ret->n_links++;
	}
	return (struct kernel_answer){0};
}

static int ask(unsigned long request, struct ifreq *what)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* A kernel without IPv4 has a netlink socket at least. */
	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	return ioctl(fd, request, what) < 0 ? errno : 0;
}

static struct ifreq request_for(const char *name)
{
	struct ifreq what = {0};

	snprintf(what.ifr_name, sizeof(what.ifr_name), "%s", name);
	return what;
}

struct kernel_answer linux_link_rename(void *kernel, const char *name, const char *wanted)
{
	struct ifreq what = request_for(name);

	(void)kernel;
	snprintf(what.ifr_newname, sizeof(what.ifr_newname), "%s", wanted);
	return (struct kernel_answer){.err = ask(SIOCSIFNAME, &what)};
}

struct kernel_answer linux_link_up(void *kernel, const char *name)
{
	struct ifreq what = request_for(name);
	int err = ask(SIOCGIFFLAGS, &what);

	(void)kernel;
	if (err == 0 && !(what.ifr_flags & IFF_UP)) {
		what.ifr_flags = (short)(what.ifr_flags | IFF_UP);
		err = ask(SIOCSIFFLAGS, &what);
	}
	return (struct kernel_answer){.err = err};
}
