#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `explain --here`: what a text can mean, decided by the facts of a (captured) host.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

# first VERDICT CONFIDENCE HERE TEXT : the first finding on the tree.
first()
{
	wanted=$1 confidence=$2 effect=$3
	run explain --here --root="$tree" --json "$4"
	expect_status 0
	expect_json "d['findings'][0]['verdict'] == '$wanted'"
	expect_json "d['findings'][0]['confidence'] == '$confidence'"
	expect_json "d['findings'][0]['here'] == '$effect'"
	expect_json "d['here']['subjects']"
	echo "$wanted $effect" >>"$scratch/seen"
}

removed()
{
	expect_json "'$1' in [x['verdict'] for x in d['here']['removed']]"
	expect_json "'$1' not in [f['verdict'] for f in d['findings']]"
	echo "$1 contradicted" >>"$scratch/seen"
}

evidence()
{
	expect_json "any('$1' in (e['value'] or '') for e in d['findings'][0]['evidence'])"
}

noir_text="vfio 0000:00:03.0: failed to setup container for group 3: Failed to set iommu for container: Operation not permitted"
claim_text="vfio 0000:00:03.0: failed to setup container for group 3: Failed to set group container: Invalid argument"

# EPERM at set_iommu: no interrupt remapping here, and nothing that firmware keeps.
tree_new noir
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 e1000e 3
put proc/interrupts "            CPU0
  24:          1  PCI-MSI 49152-edge      nvme0q0"
first unsafe-interrupts certain proved "$noir_text"
removed firmware-reserved-memory
# Whose group it is does not matter for what all devices have in common.
first unsafe-interrupts certain proved "failed to set iommu for container: Operation not permitted"
run explain --here --root="$tree" "$noir_text"
expect_out "On this host, and it fits:"
expect_out "ruled out: firmware-reserved-memory"

# The same text where interrupts are remapped and firmware keeps memory.
tree_new rmrr
tree_iommu
put sys/kernel/iommu_groups/3/reserved_regions "0x00000000000e0000 0x00000000000effff direct
0x00000000fee00000 0x00000000feefffff msi"
tree_device 0000:00:03.0 020000 8086 10d3 e1000e 3
tree_device 0000:00:04.0 020000 8086 10d3 e1000e 4
first firmware-reserved-memory likely proved "$noir_text"
removed unsafe-interrupts
evidence 0xe0000
first firmware-reserved-memory certain proved "$claim_text"
expect_json 'all(f["verdict"] != "group-not-viable" for f in d["findings"])'
# The neighbour has no such region, the whole host has some and some not.
first firmware-reserved-memory possible contradicted "vfio 0000:00:04.0: VFIO_GROUP_SET_CONTAINER: Invalid argument"
expect_json 'd["findings"][0]["device"] == "0000:00:04.0"'
run explain --here --root="$tree" --json "Failed to set group container: Invalid argument"
expect_json 'd["findings"][0]["here"] is None'
expect_json 'd["here"]["subjects"][0]["device"] is None'

# What the text does not speak of comes after it, or stands alone where the text says nothing.
run explain --here --root="$tree" --json "vfio 0000:00:03.0: stuck in D3"
expect_json '[f["verdict"] for f in d["findings"]][:1] == ["power-stuck-d3"]'
expect_json 'd["findings"][1]["verdict"] == "firmware-reserved-memory"'
expect_json 'd["findings"][1]["here"] == "found" and d["findings"][1]["matched"] is None'
first firmware-reserved-memory likely found "qemu unexpectedly went away (0000:00:03.0)"
run explain --here --root="$tree" --json "nothing of the kind"
expect_status 4

# A text of another host decides nothing here.
run explain --here --root="$tree" --json "vfio 0000:00:03.0: failed to setup container for group 9: Failed to set iommu for container: Operation not permitted"
expect_json 'd["findings"][0]["verdict"] == "unsafe-interrupts"'
expect_json 'd["findings"][0]["here"] is None and not d["here"]["removed"]'
expect_json '"another" in d["here"]["subjects"][0]["summary"]'
run explain --here --root="$tree" --json "vfio 0000:77:00.0: failed to set iommu for container: Operation not permitted"
expect_json 'd["findings"][0]["here"] is None'
expect_json '"no such device" in d["here"]["subjects"][0]["summary"]'
run explain --here --root="$tree" --json "vfio: failed to open /dev/vfio/99: No such file or directory"
expect_json '"no such group" in d["here"]["subjects"][0]["summary"]'
first device-address-invalid likely proved "error: cannot find PCI device 0000:77:00.0"

# Not viable: by whom.
tree_new sibling
tree_iommu
tree_device 0000:00:05.0 030000 10de 1b80 vfio-pci 5
tree_device 0000:00:05.1 040300 10de 10f0 snd_hda_intel 5
tree_device 0000:00:06.0 020000 8086 10d3 e1000e 6
text="vfio 0000:00:05.0: group 5 is not viable"
first group-not-viable likely proved "$text"
evidence "0000:00:05.1 (snd_hda_intel)"
expect_json '"0000:00:05.1" in d["findings"][0]["summary"]'
first group-not-viable likely proved "group 5 is not viable"
first group-not-viable likely proved "vfio 0000:00:05.0: error bind device fd=20 to iommufd=10: Operation not permitted"
removed unsafe-interrupts
# The kernel said so; that the group is whole by now does not make it untrue.
first group-not-viable possible contradicted "vfio 0000:00:06.0: group 6 is not viable"
tree_new whole
tree_iommu
tree_device 0000:00:05.0 030000 10de 1b80 vfio-pci 5
tree_device 0000:00:05.1 040300 10de 10f0 vfio-pci 5
first group-not-viable likely not-now "$text"

# No group: why.
nogroup="vfio 0000:00:03.0: no iommu_group found: No such file or directory"
bind="vfio-pci: probe of 0000:00:03.0 failed with error -22"
tree_new absent
tree_device 0000:00:03.0 020000 8086 10d3 e1000e -
first iommu-absent certain narrowed "$nogroup"
first iommu-absent certain narrowed "$bind"
first iommu-absent certain proved "error: unsupported configuration: host doesn't support passthrough of host PCI devices"
removed iommu-disabled
tree_new off
tree_dmar
tree_device 0000:00:03.0 020000 8086 10d3 e1000e -
put proc/cmdline "root=/dev/vda1 intel_iommu=off"
first iommu-disabled certain proved "$nogroup"
first iommu-disabled certain narrowed "$bind"
first iommu-disabled certain proved "error: unsupported configuration: host doesn't support passthrough of host PCI devices"
removed iommu-absent
tree_new bypass
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 e1000e -
tree_device 0000:00:04.0 020000 8086 10d3 e1000e 4
first device-untranslated certain proved "$nogroup"
first device-untranslated certain narrowed "$bind"
tree_new registered
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 e1000e -
first no-iommu-group certain proved "$nogroup"

# A bind that was refused: why.
tree_new bind
tree_iommu
tree_device 0000:00:02.0 060400 8086 3420 pcieport 2
tree_device 0000:00:03.0 020000 8086 10d3 igb 3
put sys/devices/pci0000:00/0000:00:03.0/sriov_numvfs 2
put sys/devices/pci0000:00/0000:00:03.0/sriov_totalvfs 7
tree_device 0000:00:04.0 020000 8086 10d3 - 4
put sys/devices/pci0000:00/0000:00:04.0/driver_override pci-stub
tree_device 0000:00:05.0 020000 8086 10d3 - 5
first pf-has-vfs likely narrowed "Failed to bind PCI device '0000:00:03.0' to vfio-pci: Device or resource busy"
first device-is-bridge certain narrowed "vfio-pci 0000:00:02.0: probe with driver vfio-pci failed with error -22"
first driver-override-conflict likely narrowed "Failed to bind PCI device '0000:00:04.0' to vfio-pci"
run explain --here --root="$tree" --json "Failed to bind PCI device '0000:00:05.0' to vfio-pci"
expect_json '[f["verdict"] for f in d["findings"]] == ["vfio-bind-failed"]'

# What the device itself shows.
tree_device 0000:00:06.0 020000 8086 10ed vfio-pci 6
ln -s ../0000:00:07.0 "$tree/sys/devices/pci0000:00/0000:00:06.0/physfn"
tree_device 0000:00:07.0 020000 8086 10d3 vfio-pci 7
first vf-token-required likely proved "vfio 0000:00:06.0: error getting device from group 6: Permission denied"
tree_device 0000:00:08.0 030000 10de 1b80 vfio-pci 8
head -c 256 /dev/zero | tr '\0' '\377' >"$tree/sys/devices/pci0000:00/0000:00:08.0/config"
first device-fell-off-bus likely narrowed "vfio 0000:00:08.0: error getting device from group 8: Input/output error"
tree_device 0000:00:09.0 080600 1022 1419 - -
first device-is-iommu certain narrowed "vfio 0000:00:09.0: no iommu_group found: No such file or directory"
tree_new noiommu
tree_device 0000:00:03.0 020000 8086 10d3 vfio-pci 0
put sys/kernel/iommu_groups/0/name vfio-noiommu
first noiommu-mode likely proved "EAL: 0000:00:03.0: using IOMMU type 8 (No-IOMMU)"

# Modules that this kernel does not have.
tree_new nomodule
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 e1000e 3
rm "$tree/lib/modules/$release/kernel/drivers/vfio/pci/vfio-pci.ko"
put "lib/modules/$release/modules.dep" "kernel/drivers/vfio/vfio.ko:"
first vfio-module-missing likely proved "Failed to load PCI driver module vfio-pci"

put "lib/modules/$release/modules.dep" "kernel/drivers/vfio/vfio.ko:
kernel/drivers/vfio/pci/vfio-pci.ko:"
put "lib/modules/$release/kernel/drivers/vfio/pci/vfio-pci.ko" ""
first iommu-backend-missing likely proved "vfio 0000:00:03.0: No available IOMMU models"

# Every stanza but those whose facts no captured tree holds: nodes, processes, the boot log.
tests_run=$((tests_run + 1))
sed -n 's/^Here: //p' "${top_srcdir:-.}/src/rules/here.rules" |
	grep -vx -e iommufd-missing -e group-in-use -e firmware-iommu-table-broken |
	while read -r id; do
		grep -q "^$id " "$scratch/seen" || echo "$id"
	done >"$scratch/unseen"
[ ! -s "$scratch/unseen" ] || complain "not tested: $(cat "$scratch/unseen")"

# --here belongs to texts, --root to --here.
run explain --here firmware-reserved-memory
expect_status 2
expect_empty_out
run explain --root="$tree" "$bind"
expect_status 2
run explain --here --root=/nowhere "$bind"
expect_status 2
expect_err "/nowhere"
expect_empty_out

finish
