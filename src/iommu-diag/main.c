/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "iommu-diag/client.h"

int main(int argc, char **argv)
{
	return client_main(argc, argv);
}
