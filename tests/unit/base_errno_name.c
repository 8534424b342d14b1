/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* errno names and messages, and what modprobe's complaints mean. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "check.h"
#include "vfio/linux.h"

static void names(void)
{
	int known = 0;

	CHECK_STR(errno_name(EPERM), "EPERM");
	CHECK_STR(errno_name(EINVAL), "EINVAL");
	CHECK_STR(errno_name(EBADFD), "EBADFD");
	CHECK_STR(errno_name(EHWPOISON), "EHWPOISON");
	CHECK_STR(errno_name(0), NULL);
	CHECK_STR(errno_name(-EINVAL), NULL);
	/* The kernel's own, that the C library does not know. */
	CHECK_STR(errno_name(524), NULL);
	CHECK_STR(errno_name(4096), NULL);

	for (int err = 1; err < 200; err++) {
		const char *name = errno_name(err);

		if (!name)
			continue;
		known++;
		CHECK_INT(errno_from_name(name), err);
	}
	CHECK(known > 130);
	CHECK_INT(errno_from_name("EWOULDBLOCK"), EAGAIN);
	CHECK_INT(errno_from_name("ENOTSUP"), EOPNOTSUPP);
	CHECK_INT(errno_from_name("EDEADLOCK"), EDEADLK);
	CHECK_INT(errno_from_name("EINVA"), 0);
	CHECK_INT(errno_from_name("EINVAL "), 0);
	CHECK_INT(errno_from_name("einval"), 0);
	CHECK_INT(errno_from_name(""), 0);
}

static void messages(void)
{
	for (int err = 1; err < 134; err++) {
		const char *message = strerrordesc_np(err);
		char line[200];

		if (!message)
			continue;
		snprintf(line, sizeof(line), "tool: could not do it: %s\n", message);
		CHECK_INT(errno_from_message(line), err);
		CHECK_INT(errno_from_message(message), err);
	}
	CHECK_INT(errno_from_message("failed: Operation not permitted.\r\n"), EPERM);
	CHECK_INT(errno_from_message("Operation not permitted, so what"), 0);
	CHECK_INT(errno_from_message("all is well"), 0);
	CHECK_INT(errno_from_message(""), 0);
	CHECK_INT(errno_from_message(" \n"), 0);
}

static void modprobe(void)
{
	static const struct {
		const char *complaint;
		int err;
	} cases[] = {
		{"modprobe: FATAL: Module vfio_pci not found in directory "
		 "/lib/modules/6.1.0-56-amd64\n",
		 ENOENT},
		{"modprobe: module vfio_pci not found in modules.dep\n", ENOENT},
		{"modprobe: ERROR: could not insert 'vfio_pci': Operation not permitted\n", EPERM},
		{"modprobe: ERROR: could not insert 'vfio_pci': Key was rejected by service\n",
		 EKEYREJECTED},
		{"modprobe: ERROR: could not insert 'vfio_pci': Exec format error\n", ENOEXEC},
		{"modprobe: ERROR: could not insert 'vfio': Unknown symbol in module, or unknown "
		 "parameter (see dmesg)\n",
		 ENOEXEC},
		{"modprobe: ERROR: could not insert 'vfio': Cannot allocate memory\n", ENOMEM},
		{"modprobe: ERROR: ../libkmod/libkmod-module.c:968 command_do() Error running "
		 "install "
		 "command '/bin/false' for module vfio_pci: retcode 1\n"
		 "modprobe: ERROR: could not insert 'vfio_pci': Invalid argument\n",
		 EINVAL},
		{"sh: can't run the install command\n", EPERM},
		{"modprobe: something else\n", ENOEXEC},
		{"", ENOEXEC},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		CHECK_INT(vfio_linux_modprobe_errno(cases[i].complaint), cases[i].err);
}

int main(void)
{
	names();
	messages();
	modprobe();
	return check_result();
}
