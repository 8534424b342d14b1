#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `host`: firmware, units, kernel, command line, modules, surroundings, who binds at boot.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

# expect_check ID LEVEL TEXT : a line of that id and level has the text.
expect_check()
{
	tests_run=$((tests_run + 1))
	python3 -c '
import json, sys
checks = json.load(open(sys.argv[1], encoding="utf-8"))["checks"]
sys.exit(not any(c["id"] == sys.argv[2] and c["level"] == sys.argv[3] and sys.argv[4] in c["detail"]
                 for c in checks))
' "$scratch/out" "$1" "$2" "$3" || complain "no check $1 is $2 with '$3'"
}

tree_new good
tree_iommu
tree_device 0000:00:03.0 010802 144d a808 nvme 2
put sys/devices/virtual/iommu/dmar0/intel-iommu/cap d2008c40660462
put sys/devices/virtual/iommu/dmar0/intel-iommu/ecap f050da
put sys/devices/virtual/iommu/dmar0/intel-iommu/domains_used 7
put sys/devices/virtual/iommu/dmar0/intel-iommu/domains_supported 65536
put boot/config-6.12.107-test "CONFIG_IOMMU_API=y
CONFIG_VFIO=m
CONFIG_VFIO_PCI=m
CONFIG_VFIO_IOMMU_TYPE1=m
CONFIG_INTEL_IOMMU=y
CONFIG_AMD_IOMMU=y
CONFIG_IRQ_REMAP=y
# CONFIG_IOMMUFD is not set"
put proc/cpuinfo "processor	: 0
flags		: fpu vmx hypervisor"
put sys/class/dmi/id/sys_vendor QEMU
put sys/class/dmi/id/product_name "Standard PC"
put proc/self/limits "Limit                     Soft Limit           Hard Limit           Units
Max locked memory         8388608              8388608              bytes"

run host --json --root="$tree"
expect_status 0
expect_json 'd["format"] == 1 and d["kernel"] == "6.12.107-test"'
expect_json 'all(set(c) == {"id", "level", "subject", "detail", "fix"} for c in d["checks"])'
expect_check firmware-tables PASS "DMAR: 1 unit, 0 ranges"
expect_check iommu-active PASS dmar0
expect_check iommu-capability NOTE "addresses of 39 bits, 256 domain ids (7 in use)"
expect_check iommu-capability NOTE "can remap interrupts, snoop control"
expect_check groups PASS "1 group"
expect_check interrupt-remapping PASS ""
expect_check kernel-config PASS "all that passthrough needs; no iommufd"
expect_check command-line PASS ""
expect_check modules PASS "vfio_pci: loadable"
expect_check memory-lock NOTE "8192 kB"
expect_check guest NOTE "yes: QEMU Standard PC"
expect_check boot-binding PASS "nothing but"

# What people copy, and who binds what.
put proc/cmdline "BOOT_IMAGE=/vmlinuz amd_iommu=on vfio-pci.ids=144d:a808,10de:1b80,8086:10d3 pcie_acs_override=downstream"
put etc/modprobe.d/vfio.conf "options vfio_pci ids=1af4:1041:1af4:0001,144d:a808:144d:a801
softdep nvme pre: vfio-pci
blacklist nouveau"
put etc/driverctl.d/pci-0000:00:09.0 vfio-pci
put etc/driverctl.d/pci-0000:00:04.0 e1000e
put etc/driverctl.d/pci-0000:00:03.0 vfio-pci
tree_device 0000:00:04.0 020000 8086 10d3 vfio-pci 3
tree_device 0000:00:05.0 020000 8086 10d3 vfio-pci 4
run host --json --root="$tree"
expect_status 3
expect_check command-line NOTE "amd_iommu=on does nothing"
expect_check command-line WARN "pcie_acs_override=downstream splits groups on paper"
expect_check boot-binding WARN "id 144d:a808 (the kernel command line) did not catch all of 0000:00:03.0 (nvme)"
expect_check boot-binding NOTE "id 10de:1b80 (the kernel command line): no device has it"
expect_check boot-binding WARN "catches 2 functions: 0000:00:04.0 (vfio-pci), 0000:00:05.0 (vfio-pci)"
expect_check boot-binding NOTE "id 1af4:1041:1af4:0001 (/etc/modprobe.d/vfio.conf): no device has it"
expect_check boot-binding SKIP "id 144d:a808:144d:a801 (/etc/modprobe.d/vfio.conf): what it catches was not measured"
expect_check boot-binding WARN "names 0000:00:09.0, and there is no such device now"
expect_check boot-binding WARN "wants e1000e for 0000:00:04.0, which has vfio-pci"
expect_check boot-binding WARN "wants vfio-pci for 0000:00:03.0, which has nvme"
expect_check boot-binding NOTE "nvme waits for vfio-pci (/etc/modprobe.d/vfio.conf)"
expect_check boot-binding NOTE "not loaded by themselves: nouveau"

run host --root="$tree"
expect_status 3
expect_out "HOST: Checking that the kernel uses an IOMMU"
expect_out " : PASS (dmar0)"
run host -q --root="$tree"
expect_no_out PASS
expect_no_out NOTE
expect_out WARN

# A machine without any of it.
tree_new bad
rm -r "$tree/lib/modules"
put run/systemd/container lxc
run host --json --root="$tree"
expect_status 1
expect_check firmware-tables FAIL "neither DMAR"
expect_check iommu-active FAIL "no entry"
expect_check groups FAIL "0 groups"
expect_check kernel-config SKIP ""
expect_check container WARN lxc
put proc/cmdline "quiet intel_iommu=off"
run host --json --root="$tree"
expect_check iommu-active FAIL "the command line has intel_iommu=off"

run host 00:03.0 --root="$tree"
expect_status 2
expect_empty_out
expect_err "host takes no words"
finish
