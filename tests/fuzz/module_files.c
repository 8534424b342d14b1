/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/module_files.h"
#include "host/modules.h"
#include "tree.h"

#define RELEASE "6.1.0"
#define FOLDER "/lib/modules/" RELEASE
#define MODALIAS "pci:v000015B3d0000101Esv000015B3sd00000001bc02sc00i00"

/* The input is every file that modprobe reads. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char modalias[] = MODALIAS;
	const struct pci_device device = {.modalias = {FACT_KNOWN, modalias}};
	char *module = NULL, *driver = NULL;
	int blocked;

	fuzz_tree_open();
	tree_write_bytes(&fuzz_root, FOLDER "/modules.alias", data, size);
	tree_write_bytes(&fuzz_root, FOLDER "/modules.builtin.modinfo", data, size);
	tree_write_bytes(&fuzz_root, FOLDER "/modules.builtin", data, size);
	tree_write_bytes(&fuzz_root, FOLDER "/modules.dep", data, size);
	tree_write_bytes(&fuzz_root, "/etc/modprobe.d/a.conf", data, size);
	tree_write_bytes(&fuzz_root, "/proc/cmdline", data, size);
	REQUIRE(host_module_vfio_driver(&fuzz_root, RELEASE, &device, &module, &driver) == 0);
	REQUIRE(module && *module != '\0' && *module != '.' && !strchr(module, '/'));
	blocked = module_is_blocked(&fuzz_root, "vfio_pci");
	REQUIRE(blocked == 0 || blocked == 1);
	REQUIRE(host_module_state(&fuzz_root, RELEASE, "vfio_pci") <= MODULE_MISSING);
	free(module);
	free(driver);
	return 0;
}
