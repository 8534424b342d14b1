/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "host/pci.h"
#include "tree.h"

#define FOLDER "/sys/bus/pci/devices/0000:00:03.0"

/* The input is a function's modalias, every attribute that is a number or a word, and its config. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pci_address address = {0, 0, 3, 0};
	struct pci_device device;
	int r;

	fuzz_tree_open();
	tree_write_bytes(&fuzz_root, FOLDER "/modalias", data, size);
	tree_write_bytes(&fuzz_root, FOLDER "/class", data, size);
	tree_write_bytes(&fuzz_root, FOLDER "/driver_override", data, size);
	tree_write_bytes(&fuzz_root, FOLDER "/sriov_numvfs", data, size);
	tree_write_bytes(&fuzz_root, FOLDER "/config", data, size);
	tree_write_bytes(&fuzz_root, FOLDER "/resource", data, size);
	r = host_pci_read_detail(&fuzz_root, &address, &device);
	REQUIRE(r == 0);
	REQUIRE((device.class_code.state == FACT_KNOWN) || device.class_code.number == 0);
	REQUIRE((device.driver_override.state == FACT_KNOWN) == !!device.driver_override.text);
	REQUIRE((device.modalias.state == FACT_KNOWN) == !!device.modalias.text);
	REQUIRE(device.vendor.number <= UINT16_MAX && device.device.number <= UINT16_MAX);
	REQUIRE(device.class_code.number <= 0xffffff);
	pci_device_release(&device);
	return 0;
}
