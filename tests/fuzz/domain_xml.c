/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "domain/domain_xml.h"
#include "fuzz.h"

/* A definition of libvirt, or the status file of a running domain. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = (char *)fuzz_bytes(data, size);
	struct guest_domain domain;
	char *problem = NULL;
	int r = domain_xml_parse(text, size, &domain, &problem);

	REQUIRE(r == 0 || r == -EINVAL || r == -ENOMEM);
	REQUIRE(r != -EINVAL || (problem && *problem >= '0' && *problem <= '9'));
	if (r == 0)
		guest_domain_release(&domain);
	free(problem);
	free(text);
	return 0;
}
