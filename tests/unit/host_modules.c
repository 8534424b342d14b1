/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "host/module_files.h"
#include "host/modules.h"
#include "tests/unit/check.h"
#include "tests/unit/host_tree.h"

#define RELEASE "6.12.0-test"
#define FOLDER "/lib/modules/" RELEASE

static const struct {
	const char *name;
	enum module_state state;
} states[] = {
	{"vfio", MODULE_LOADED},
	{"vfio_iommu_type1", MODULE_BUILTIN},
	{"vfio-iommu-type1", MODULE_BUILTIN},
	{"vfio_pci", MODULE_LOADABLE},
	{"vfio-pci", MODULE_LOADABLE},
	{"mlx5_vfio_pci", MODULE_LOADABLE},
	{"nvme", MODULE_BLOCKED},
	{"e1000e", MODULE_BLOCKED},
	{"igb", MODULE_LOADABLE},   /* blacklist stops its aliases only */
	{"ixgbe", MODULE_LOADABLE}, /* the file in /etc hides the one in /usr/lib */
	{"i40e", MODULE_LOADABLE},  /* the install line does load it */
	{"ice", MODULE_BLOCKED},    /* module_blacklist= */
	{"vfio_pc", MODULE_MISSING},
	{"pci", MODULE_MISSING},
	{"gone", MODULE_MISSING}, /* in modules.dep, but there is no file */
	/* These come only with what they depend on. */
	{"needs_gone", MODULE_MISSING},
	{"needs_blocked", MODULE_BLOCKED},
};

static void build(const struct host_root *root)
{
	static const char *const files[] = {
		"vfio/pci/vfio-pci.ko.xz",
		"vfio/pci/mlx5/mlx5_vfio_pci.ko",
		"nvme/nvme.ko.zst",
		"net/e1000e.ko",
		"net/igb.ko",
		"net/ixgbe.ko",
		"net/i40e.ko",
		"net/ice.ko",
	};
	char dep[2048] = "kernel/drivers/gone.ko:\n", path[256];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t used = strlen(dep);

		snprintf(path, sizeof(path), FOLDER "/kernel/drivers/%s", files[i]);
		tree_write(root, path, "ELF");
		snprintf(dep + used, sizeof(dep) - used,
			 "kernel/drivers/%s: kernel/drivers/vfio/vfio.ko\n", files[i]);
	}
	tree_write(root, FOLDER "/kernel/needs-gone.ko", "ELF");
	tree_write(root, FOLDER "/kernel/needs-blocked.ko", "ELF");
	snprintf(dep + strlen(dep), sizeof(dep) - strlen(dep),
		 "kernel/needs-gone.ko: kernel/drivers/vfio/vfio.ko kernel/drivers/gone.ko\n"
		 "kernel/needs-blocked.ko: kernel/drivers/net/igb.ko "
		 "kernel/drivers/nvme/nvme.ko.zst\n");
	tree_write(root, FOLDER "/modules.dep", dep);
	tree_write(root, FOLDER "/modules.builtin",
		   "kernel/drivers/vfio/vfio_iommu_type1.ko\nkernel/drivers/pci/pcieport.ko\n");
	tree_write(root, "/sys/module/vfio/initstate", "live\n");
	tree_write(root, "/sys/module/vfio_iommu_type1/parameters/x", "1\n");
	tree_write(root, "/proc/cmdline", "quiet modprobe.blacklist=igb module_blacklist=x,ice\n");
	tree_write(root, "/etc/modprobe.d/local.conf",
		   "# install igb /bin/false\nblacklist igb\ninstall nvme \\\n /usr/bin/false\n"
		   "install i40e /sbin/modprobe --ignore-install i40e\n");
	tree_write(root, "/etc/modprobe.d/vfio.conf",
		   "options vfio-iommu-type1 dma_entry_limit=1 allow_unsafe_interrupts=1\n"
		   "options iommufd allow_unsafe_interrupts=N\n"
		   "options vfio_pci disable_denylist\n");
	tree_write(root, "/etc/modprobe.d/not-a-config", "install igb /bin/false\n");
	tree_write(root, "/etc/modprobe.d/hidden.conf", "");
	tree_write(root, "/usr/lib/modprobe.d/hidden.conf", "install ixgbe /bin/true\n");
	tree_write(root, "/usr/lib/modprobe.d/pattern.conf", "install e1000* /bin/true\n");
}

static void test_states(const struct host_root *root)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		enum module_state state = host_module_state(root, RELEASE, states[i].name);

		if (state != states[i].state)
			fprintf(stderr, "module %s:\n", states[i].name);
		CHECK_INT(state, states[i].state);
	}
	CHECK_INT(host_module_state(root, "5.10", "vfio_pci"), MODULE_UNKNOWN);
	CHECK_INT(host_module_state(root, NULL, "vfio_pci"), MODULE_UNKNOWN);
	CHECK_INT(host_module_state(root, NULL, "vfio"), MODULE_LOADED);
}

static void expect_driver(const struct host_root *root, const char *modalias, const char *module,
			  const char *driver)
{
	struct pci_device device = {.modalias = {FACT_KNOWN, (char *)modalias}};
	char *got_module = NULL, *got_driver = NULL;

	CHECK_INT(host_module_vfio_driver(root, RELEASE, &device, &got_module, &got_driver), 0);
	CHECK_STR(got_module, module);
	CHECK_STR(got_driver, driver);
	free(got_module);
	free(got_driver);
}

#define MLX5 "pci:v000015B3d0000101Esv000015B3sd00000001bc02sc00i00"
#define NVME "pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02"
#define QAT "pci:v00008086d00004941sv00008086sd00000000bc0Bsc40i00"

static void test_vfio_driver(const struct host_root *root)
{
	static const char builtin[] = "vfio.license=GPL\0qat_vfio_pci.license=GPL\0"
				      "qat_vfio_pci.alias="
				      "vfio_pci:v00008086d00004941sv*sd*bc*sc*i*";

	expect_driver(root, MLX5, "vfio_pci", "vfio-pci");
	tree_write(root, FOLDER "/modules.alias",
		   "# Aliases\nalias pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_core\n"
		   "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"
		   "alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci\n");
	tree_write_bytes(root, FOLDER "/modules.builtin.modinfo", builtin, sizeof(builtin));
	expect_driver(root, MLX5, "mlx5_vfio_pci", NULL);
	expect_driver(root, NVME, "vfio_pci", "vfio-pci");
	expect_driver(root, QAT, "qat_vfio_pci", NULL);
	/* Once it is loaded, it tells its driver's name. */
	tree_link(root, "/sys/module/mlx5_vfio_pci/drivers/pci:mlx5_vfio_pci",
		  "../../../bus/pci/drivers/mlx5_vfio_pci");
	expect_driver(root, MLX5, "mlx5_vfio_pci", "mlx5_vfio_pci");
}

/* Without modules.builtin a module that is not in modules.dep may still be built in. */
static void test_without_builtin(const struct host_root *root)
{
	CHECK_INT(host_module_state(root, "6.1-bare", "vfio_pci"), MODULE_UNKNOWN);
	tree_write(root, "/lib/modules/6.1-bare/modules.dep", "");
	CHECK_INT(host_module_state(root, "6.1-bare", "vfio_pci"), MODULE_MISSING);
	CHECK_INT(host_module_state(root, "6.1-bare", "igb"), MODULE_UNKNOWN);
}

static void test_options(const struct host_root *root)
{
	static const char unsafe[] = "allow_unsafe_interrupts";

	CHECK_INT(module_option_is_set(root, "vfio_iommu_type1", unsafe), 1);
	CHECK_INT(module_option_is_set(root, "vfio_iommu_type1", "allow_unsafe"), 0);
	CHECK_INT(module_option_is_set(root, "iommufd", unsafe), 0);
	CHECK_INT(module_option_is_set(root, "vfio_pci", "disable_denylist"), 1);
	CHECK_INT(module_option_is_set(root, "vfio", unsafe), 0);
}

int main(void)
{
	struct host_root root;

	tree_open(&root);
	build(&root);
	test_states(&root);
	test_options(&root);
	test_vfio_driver(&root);
	test_without_builtin(&root);
	tree_close(&root);
	return check_result();
}
