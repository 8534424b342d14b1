#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Passive verdicts by access path, on captured trees: which path a host offers, which one decides,
# and what is said where they differ.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

# host NAME : an Intel host with one free device, whose kernel has iommufd as a module.
host()
{
	tree_new "$1"
	tree_iommu
	tree_device 0000:00:03.0 020000 8086 10d3 - 3
	modules="lib/modules/$release"
	put "$modules/kernel/drivers/iommu/iommufd/iommufd.ko" ""
	printf '%s\n' "kernel/drivers/iommu/iommufd/iommufd.ko:" >>"$tree/$modules/modules.dep"
}

# kernel OPTION... : the configuration that the distribution left beside the kernel.
kernel()
{
	put "boot/config-$release" "CONFIG_VFIO=m"
	for option in "$@"; do
		printf '%s\n' "$option" >>"$tree/boot/config-$release"
	done
}

unsafe_host()
{
	host "$1"
	kernel CONFIG_VFIO_GROUP=y CONFIG_VFIO_CONTAINER=y CONFIG_VFIO_DEVICE_CDEV=y
	put proc/interrupts "            CPU0
  24:          1  PCI-MSI-0000:00:03.0    0-edge      nvme0q0"
}

# verdict PATH STATUS OUTCOME VERDICT : what check says of the device.
verdict()
{
	run check --passive --json --path="$1" --root="$tree" 00:03.0
	expect_status "$2"
	expect_json "d['devices'][0]['outcome'] == '$3'"
	expect_json "d['devices'][0]['verdict'] == '$4'"
}

warns_of()
{
	expect_json "[w['verdict'] for w in d['devices'][0]['warnings']] == [$1]"
}

default_path()
{
	expect_json "d['devices'][0]['default_path'] == '$1'"
}

# Both paths, and nothing in the way of either.
host both
kernel CONFIG_VFIO_GROUP=y CONFIG_VFIO_CONTAINER=y CONFIG_VFIO_DEVICE_CDEV=y
for path in auto type1 iommufd; do
	verdict $path 0 pass assignable
	warns_of ""
	default_path type1
	expect_json 'd["devices"][0]["path"] == "passive" and d["devices"][0]["attempts"] == []'
done
run check --passive --root="$tree" --verbose 00:03.0
expect_out "type1 and iommufd; QEMU and libvirt take type1"

# Two parameters of one name: what one path accepts the other one refuses.
unsafe_host type1-told
put sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts Y
put sys/module/iommufd/parameters/allow_unsafe_interrupts N
verdict auto 3 warn assignable
warns_of "'unsafe-interrupts', 'unsafe-interrupts'"
expect_json 'any("two parameters" in w["why"] for w in d["devices"][0]["warnings"])'
verdict type1 3 warn assignable
warns_of "'unsafe-interrupts'"
verdict iommufd 1 fail unsafe-interrupts
expect_json '"without a line" in d["devices"][0]["explanation"]'

unsafe_host iommufd-told
put sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts N
put sys/module/iommufd/parameters/allow_unsafe_interrupts Y
verdict auto 1 fail unsafe-interrupts
verdict type1 1 fail unsafe-interrupts
verdict iommufd 3 warn assignable
warns_of "'unsafe-interrupts'"

# No iommufd at all: type1 decides and nothing is said against the device.
tree_new none
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 - 3
verdict auto 0 pass assignable
default_path type1
warns_of ""
expect_json 'any(e["where"] == "/dev/iommu" and e["value"] == "absent"
for e in d["devices"][0]["evidence"])'
verdict iommufd 1 fail iommufd-missing
expect_json 'd["devices"][0]["path"] == "iommufd" and d["devices"][0]["step"] == "iommufd.open"'
expect_json 'd["devices"][0]["errno"] == "ENOENT" and d["devices"][0]["confidence"] == "certain"'

# iommufd without nodes of devices: another kernel option, and no fault of the device.
host no-cdev
kernel CONFIG_VFIO_GROUP=y CONFIG_VFIO_CONTAINER=y "# CONFIG_VFIO_DEVICE_CDEV is not set"
verdict auto 0 pass assignable
warns_of ""
verdict iommufd 1 fail iommufd-missing

# Only iommufd: it decides by itself, and type1 has a reason of its own.
host only-iommufd
rm "$tree/lib/modules/$release/kernel/drivers/vfio/vfio_iommu_type1.ko"
kernel "# CONFIG_VFIO_GROUP is not set" CONFIG_VFIO_DEVICE_CDEV=y
verdict auto 0 pass assignable
default_path iommufd
verdict iommufd 0 pass assignable
verdict type1 1 fail iommu-backend-missing

# iommufd in the place of VFIO's container: no module of type1, and nothing is missing.
host compat
rm "$tree/lib/modules/$release/kernel/drivers/vfio/vfio_iommu_type1.ko"
kernel CONFIG_VFIO_GROUP=y "# CONFIG_VFIO_CONTAINER is not set" \
	CONFIG_IOMMUFD_VFIO_CONTAINER=y CONFIG_VFIO_DEVICE_CDEV=y
verdict type1 0 pass assignable
verdict auto 0 pass assignable
put proc/interrupts "            CPU0
  24:          1  PCI-MSI-0000:00:03.0    0-edge      nvme0q0"
put sys/module/iommufd/parameters/allow_unsafe_interrupts N
verdict type1 1 fail unsafe-interrupts
expect_json '"in the place of the VFIO container" in d["devices"][0]["explanation"]'

# VFIO is not loaded and the configuration is nowhere: not knowing is no answer.
host unknown
verdict iommufd 4 unknown not-measured
expect_json '[a["verdict"] for a in d["devices"][0]["alternatives"]] == ["iommufd-missing"]'
verdict auto 0 pass assignable
warns_of ""

# Loaded, it says so itself.
put sys/module/vfio/initstate live
put proc/devices "Character devices:
 10 misc
237 vfio-dev
238 vfio

Block devices:
259 blkext"
mkdir -p "$tree/sys/class/misc/vfio" "$tree/sys/class/misc/iommu"
verdict iommufd 0 pass assignable
put proc/devices "Character devices:
 10 misc
238 vfio"
verdict iommufd 1 fail iommufd-missing
verdict auto 0 pass assignable
put proc/devices "Character devices:
 10 misc
237 vfio-dev"
verdict type1 1 fail iommu-backend-missing
verdict auto 0 pass assignable
default_path iommufd

finish
