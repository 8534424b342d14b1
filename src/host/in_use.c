/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/in_use.h"
#include "host/in_use_part.h"

int in_use_addf(struct in_use_list *list, enum in_use id, const char *evidence, const char *format,
		...)
{
	va_list arguments;
	char *what;
	int r;

	va_start(arguments, format);
	r = vasprintf(&what, format, arguments);
	va_end(arguments);
	if (r < 0)
		return -ENOMEM;
	r = in_use_list_add(list, id, what, evidence);
	free(what);
	return r;
}

int host_in_use_read(const struct host_root *root, const struct pci_device *device,
		     struct in_use_list *ret)
{
	struct in_use_list list = {0};
	int r = in_use_read_block(root, device, &list);

	if (r == 0)
		r = in_use_read_net(root, device, &list);
	if (r == 0)
		r = in_use_read_display(device, &list);
	if (r < 0) {
		in_use_list_release(&list);
		return r;
	}
	*ret = list;
	return 0;
}
