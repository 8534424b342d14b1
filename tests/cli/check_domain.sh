#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Domain definitions of libvirt against captured trees: the set, the guest's memory, its IOMMU.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

xml=$scratch/guest.xml

# guest MEMORY-MIB ELEMENTS DEVICES : a definition of a q35 guest.
guest()
{
	cat >"$xml" <<XML
<domain type='kvm'>
  <name>guest</name>
  <memory unit='MiB'>$1</memory>
  <os><type arch='x86_64' machine='${machine:-pc-q35-7.2}'>hvm</type></os>
  $2
  <devices>
$3
  </devices>
</domain>
XML
}

# pci ADDRESS [GUEST-BUS] : a hostdev, by "bus:slot.function".
pci()
{
	bus=${1%%:*} slot=${1#*:}
	printf "    <hostdev mode='subsystem' type='pci' managed='yes'><source>"
	printf "<address domain='0' bus='0x%s' slot='0x%s' function='%s'/></source>" "$bus" \
		"${slot%.*}" "${slot#*.}"
	[ -z "${2:-}" ] || printf "<address type='pci' domain='0' bus='%s' slot='1' function='0'/>" "$2"
	printf '</hostdev>\n'
}

check()
{
	run check --passive --json --root="$tree" --domain="$xml"
}

# domain STATUS OUTCOME VERDICT : what is said of the guest.
domain()
{
	check
	expect_status "$1"
	expect_json "d['domain']['outcome'] == '$2' and d['domain']['verdict'] == '$3'"
}

# finding VERDICT [OUTCOME] : something that stands in the way, or has a price.
finding()
{
	expect_json "any(f['verdict'] == '$1' and f['outcome'] == '${2:-fail}'
for f in d['domain']['findings'])"
}

tree_new host
tree_iommu
for device in 3 4 5; do
	tree_device "0000:00:0$device.0" 020000 8086 10d3 - $device
done
tree_device 0000:00:06.0 020000 8086 10d3 - 6
tree_device 0000:00:06.1 010802 144d a808 nvme 6
put proc/cpuinfo "processor	: 0
vendor_id	: GenuineIntel
address sizes	: 39 bits physical, 48 bits virtual"
# CAP: SAGAW (bits 12:8) 3 levels, MGAW (bits 21:16) 39 bits.
put sys/devices/virtual/iommu/dmar0/intel-iommu/cap d2008c40260206

guest 512 "" "$(pci 00:03.0)
$(pci 00:04.0)"
domain 0 pass assignable
expect_json '[x["address"] for x in d["devices"]] == ["0000:00:03.0", "0000:00:04.0"]'
expect_json 'd["domain"]["name"] == "guest" and d["domain"]["machine"] == "pc-q35-7.2"'
expect_json 'd["domain"]["memlock"] == {"limit": 1536 << 20, "source": "computed",
"needed": 512 << 20, "address_spaces": 1, "accounting": "type1"}'
expect_json '[h["line"] for h in d["domain"]["hostdevs"]] == [7, 8]'
run check --passive --root="$tree" --domain="$xml"
expect_status 0
expect_out "domain guest  PASS  assignable (likely)"
expect_out "0000:00:03.0  PASS  assignable (likely)"
"$program" check --passive --json --root="$tree" --domain=- <"$xml" >"$scratch/out" \
	2>"$scratch/err"
expect_json 'd["domain"]["outcome"] == "pass"'

# Without a domain the field is there, and null.
run check --passive --json --root="$tree" 00:03.0
expect_json 'd["domain"] is None'

# No device at all is a clear answer, and a network is said not to be known.
guest 512 "" "<interface type='network'><source network='vfs'/></interface>"
domain 0 pass assignable
expect_json 'd["devices"] == [] and d["domain"]["unresolved"] == [{"network": "vfs", "line": 7}]'
run check --passive --root="$tree" --domain="$xml"
expect_out "The domain takes no device of this host."
expect_out "Network 'vfs' (line 7)"

# The mate on its host driver is an obstacle, unless the guest gets it as well.
guest 512 "" "$(pci 00:06.0)"
check
expect_status 1
expect_json 'd["devices"][0]["verdict"] == "group-not-viable"'
expect_json 'd["domain"]["verdict"] == "group-not-viable"'
expect_json 'd["domain"]["outcome"] == "fail" and d["domain"]["findings"] == []'
guest 512 "" "$(pci 00:06.0)
$(pci 00:06.1)"
domain 0 pass assignable

# A virtual function is named as one.
tree_device 0000:00:09.0 020000 8086 1520 igbvf 9
ln -s ../0000:00:03.0 "$tree/sys/devices/pci0000:00/0000:00:09.0/physfn"
put sys/devices/pci0000:00/0000:00:03.0/sriov_drivers_autoprobe 1
guest 512 "" "$(pci 00:09.0)"
domain 0 pass assignable
expect_json 'd["domain"]["hostdevs"][0]["vf_of"] == "0000:00:03.0"'

# 511 GiB end beyond 2^39 once 2 GiB of them lie above 4 GiB; more than the host has, too.
guest 523264 "" "$(pci 00:03.0)"
domain 1 fail iova-outside-aperture
finding iova-outside-aperture
finding out-of-memory
expect_json 'd["domain"]["findings"][0]["devices"] == ["0000:00:03.0"]'
expect_json 'd["devices"][0]["outcome"] == "warn"'
expect_json 'd["devices"][0]["warnings"][0]["verdict"] == "iova-outside-aperture"'
run check --passive -v --root="$tree" --domain="$xml"
expect_out "39 address bits, and memory of the guest up to 0x803fffffff"

# 13 GiB are there, 12 of them available now.
guest 13000 "" "$(pci 00:03.0)"
domain 3 warn assignable
finding out-of-memory warn
guest 13000 "<memoryBacking><hugepages/></memoryBacking>" "$(pci 00:03.0)"
put proc/meminfo "MemTotal:       16000000 kB
MemAvailable:   12000000 kB
Hugepagesize:       2048 kB"
put sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 6499
domain 1 fail hugepages-unavailable
put sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 6500
domain 0 pass assignable

# Limits.
guest 512 "<memtune><hard_limit unit='MiB'>400</hard_limit></memtune>" "$(pci 00:03.0)"
domain 1 fail memlock-limit
guest 512 "<memtune><hard_limit unit='MiB'>600</hard_limit></memtune>" "$(pci 00:03.0)"
domain 3 warn assignable
finding memlock-limit warn
guest 512 "<memtune><hard_limit unit='MiB'>1536</hard_limit></memtune>" "$(pci 00:03.0)"
domain 0 pass assignable

# The guest's IOMMU.
guest 512 "" "<iommu model='intel'/>$(pci 00:03.0)"
domain 1 fail viommu-config-invalid
guest 512 "" "<iommu model='intel'><driver dma_translation='off'/></iommu>$(pci 00:03.0)"
domain 4 unknown not-measured
expect_json 'd["domain"]["iommu"]["dma_translation"] is False'
guest 512 "" "<iommu model='intel'><driver caching_mode='on'/></iommu>$(pci 00:03.0)"
domain 0 pass assignable
guest 512 "" "<iommu model='intel'><driver caching_mode='on' aw_bits='48'/></iommu>
$(pci 00:03.0)"
domain 3 warn assignable
finding viommu-config-invalid warn
guest 512 "<features><ioapic driver='kvm'/></features>" \
	"<iommu model='intel'><driver caching_mode='on' intremap='on'/></iommu>$(pci 00:03.0)"
domain 1 fail viommu-config-invalid
guest 512 "" "<iommu model='smmuv3'/>$(pci 00:03.0)"
domain 1 fail viommu-config-invalid
guest 512 "" "<iommu model='virtio'/>$(pci 00:03.0)"
domain 0 pass assignable
guest 512 "" "<iommu model='amd'/>$(pci 00:03.0)"
domain 4 unknown not-measured
# One address space for a group, or none.
on="<iommu model='intel'><driver caching_mode='on'/></iommu>"
guest 512 "" "$on$(pci 00:06.0 1)
$(pci 00:06.1 2)"
domain 1 fail viommu-config-invalid
guest 512 "" "$on<controller type='pci' index='3' model='pcie-to-pci-bridge'/>
$(pci 00:06.0 3)$(pci 00:06.1 3)"
domain 0 pass assignable
expect_json 'd["domain"]["memlock"]["address_spaces"] == 1'

# Nobody detaches it: then it must be on a VFIO driver already.
tree_device 0000:00:07.0 020000 8086 10d3 e1000e 7
tree_device 0000:00:08.0 020000 8086 10d3 vfio-pci 8
guest 512 "" "<hostdev type='pci'><source><address bus='0' slot='7' function='0'/></source>
</hostdev>"
domain 1 fail device-not-bound-to-vfio
guest 512 "" "<hostdev type='pci'><source><address bus='0' slot='8' function='0'/></source>
</hostdev>"
domain 0 pass assignable
guest 512 "" "$(pci 00:07.0)"
domain 0 pass assignable

# What the definition itself has wrong.
guest 512 "" "$(pci 00:03.0)$(pci 00:03.0)"
domain 1 fail vm-config-error
expect_json 'len(d["devices"]) == 1'
guest 512 "" "<hostdev type='pci' managed='yes'><driver name='kvm'/><source>
<address bus='0' slot='3' function='0'/></source></hostdev>"
domain 1 fail vm-config-error
mkdir -p "$tree/sys/bus/mdev/devices"
mdev="<hostdev type='mdev'><source><address uuid='83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'/>
</source></hostdev>"
guest 512 "" "$mdev"
domain 1 fail mdev-unavailable
mkdir "$tree/sys/bus/mdev/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
domain 0 pass assignable
guest 512 "" "<hostdev type='pci' managed='yes'><driver iommufd='yes'/><source>
<address bus='0' slot='3' function='0'/></source></hostdev>"
domain 4 unknown not-measured # a tree has no /dev/iommu
expect_json 'd["domain"]["hostdevs"][0]["iommufd"]'
expect_json 'd["domain"]["memlock"]["accounting"] == "iommufd"'

# A range that the host keeps: interrupts lie where no guest has memory, firmware's may not.
put sys/kernel/iommu_groups/4/reserved_regions \
	"0x000000001f000000 0x000000001f0fffff reserved
0x00000000fee00000 0x00000000feefffff msi"
guest 512 "" "$(pci 00:04.0)"
domain 1 fail iova-outside-aperture
guest 256 "" "$(pci 00:04.0)"
domain 0 pass assignable
put sys/kernel/iommu_groups/4/reserved_regions \
	"0x0000000000001000 0x0000000000001fff direct-relaxable"
domain 0 pass assignable

# Bad input names file and line, and nothing is printed.
refused()
{
	expect_status "$1"
	expect_err "$2"
	expect_empty_out
}
guest 512 "" "<hostdev type='pci'>"
check
refused 2 "$xml:"
guest many "" ""
check
refused 2 "$xml:3: memory is 'many', no size"
guest 512 "" "$(pci 00:03.0)$(pci 00:1e.0)"
check
refused 5 "$xml:7: there is no device 0000:00:1e.0 on this host"
run check --passive --root="$tree" --domain="$scratch/nothing"
refused 2 "$scratch/nothing: No such file or directory"
run check --passive --root="$tree" --domain="$scratch"
refused 2 "$scratch: Is a directory"
run check --passive --root="$tree" --domain=-
refused 2 "standard input:1: "
run check --passive --root="$tree" --domain="$xml" 00:03.0
refused 2 "--domain names the devices"
run check --passive --root="$tree" --domain="$xml" --all
refused 2 "--domain names the devices"

finish
