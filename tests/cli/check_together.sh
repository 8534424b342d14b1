#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What facts say of two devices and one IOMMU domain.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

# iommu NAME [ADDRESS]: another instance of an IOMMU, and the device that is behind it.
iommu()
{
	mkdir -p "$tree/sys/devices/virtual/iommu/$1/devices"
	[ -e "$tree/sys/class/iommu/$1" ] ||
		ln -s "../../devices/virtual/iommu/$1" "$tree/sys/class/iommu/$1"
	[ $# -lt 2 ] ||
		ln -sfn "../../virtual/iommu/$1" "$tree/sys/devices/pci0000:00/$2/iommu"
}

# capabilities NAME CAP ECAP: as the Intel driver shows them.
capabilities()
{
	mkdir -p "$tree/sys/devices/virtual/iommu/$1/intel-iommu"
	put "sys/devices/virtual/iommu/$1/intel-iommu/cap" "$2"
	put "sys/devices/virtual/iommu/$1/intel-iommu/ecap" "$3"
}

# together STATUS OUTCOME VERDICT CONFIDENCE DOMAINS: what 00:03.0 and 00:04.0 get.
together()
{
	run check --passive --json --root="$tree" --together 00:03.0 00:04.0
	expect_status "$1"
	expect_json "d['together']['outcome'] == '$2' and d['together']['verdict'] == '$3'"
	expect_json "d['together']['confidence'] == '$4' and d['together']['domains'] == $5"
	expect_json "d['together']['path'] == 'passive' and d['together']['step'] is None"
	expect_json "[(p['a'], p['b'], p['verdict']) for p in d['together']['pairs']] == [
('0000:00:03.0', '0000:00:04.0', '$3')]"
	expect_json "all(x['verdict'] == 'assignable' for x in d['devices'])"
}

two_devices()
{
	tree_new "$1"
	tree_iommu
	tree_device 0000:00:03.0 020000 8086 10d3 - 3
	tree_device 0000:00:04.0 020000 8086 10d3 - 4
}

two_devices one-iommu
together 0 pass assignable likely 1
run check --passive --json --root="$tree" 00:03.0 00:04.0
expect_json "d['together'] is None"

# A guest's devices always go together; that nothing was measured is no exit status of its own.
hostdev()
{
	echo "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
	echo "<address domain='0' bus='0' slot='$1' function='0'/></source></hostdev>"
}
guest()
{
	{
		echo "<domain type='kvm'><name>guest</name><memory unit='MiB'>512</memory>"
		echo "<os><type arch='x86_64' machine='q35'>hvm</type></os><devices>"
		for slot in "$@"; do
			hostdev "$slot"
		done
		echo "</devices></domain>"
	} >"$scratch/guest.xml"
	run check --passive --json --root="$tree" --domain="$scratch/guest.xml"
}
guest 3 4
expect_json "d['together']['domains'] == 1 and len(d['together']['pairs']) == 1"
guest 3
expect_json "d['together']['domains'] == 1 and d['together']['pairs'] == []"
guest
expect_json "d['together'] is None"

# Devices of one group always have one domain; the others have none of their own doing.
tree_device 0000:00:03.1 020000 8086 10d3 - 3
run check --passive --json --root="$tree" --together 00:03.0 00:03.1
expect_status 0
expect_json "d['together']['outcome'] == 'pass' and d['together']['confidence'] == 'certain'"
expect_json "d['together']['domains'] == 1"
run check --passive --root="$tree" --together 00:03.0 00:03.1
expect_out "together  PASS  assignable (certain)  IOMMU domains: 1"
run check --passive --json --root="$tree" --together 00:03.0 00:03.1 00:04.0
expect_json "[p['confidence'] for p in d['together']['pairs']] == [
'certain', 'likely', 'likely']"

# Two units of Intel: alike, not alike, and without a word on it.
two_devices two-units
iommu dmar1 0000:00:04.0
together 4 unknown not-measured possible None
guest 3 4
expect_status 0
expect_json "d['together']['outcome'] == 'unknown'"
capabilities dmar0 d2008c222f0686 f0008
capabilities dmar1 d2008c222f0686 f0008
together 0 pass assignable likely 1
capabilities dmar1 d2008c222f0686 f0088
together 4 unknown not-measured possible None
expect_json "'capabilities differ' in d['together']['pairs'][0]['why']"

# smmus ADDRESS...: IORT with an SMMUv3 at each, coherent.
smmus()
{
	python3 - "$tree/sys/firmware/acpi/tables/IORT" "$@" <<'PYTHON'
import struct, sys

nodes = b"".join(struct.pack("<BHBIII", 4, 68, 0, 0, 0, 0) + struct.pack("<QI", int(base, 16), 1) +
                 bytes(40) for base in sys.argv[2:])
table = bytearray(b"IORT" + struct.pack("<IBB", 48 + len(nodes), 5, 0) + b"TESTS " + b"IOMMUDIA" +
                  struct.pack("<I4sI", 1, b"TEST", 1) +
                  struct.pack("<III", len(sys.argv) - 2, 48, 0) + nodes)
table[9] = -sum(table) & 0xff
open(sys.argv[1], "wb").write(table)
PYTHON
}

# SMMUv3 keeps a domain to one instance.
two_devices two-smmus
smmus 9050000 9080000
iommu smmu3.0x0000000009050000 0000:00:03.0
iommu smmu3.0x0000000009080000 0000:00:04.0
together 3 warn domain-incompatible likely 2
expect_json "'once for each of the 2 domains' in d['together']['explanation']"
run check --passive --root="$tree" --together 00:03.0 00:04.0
expect_status 3
expect_out "together  WARN  domain-incompatible (likely)  IOMMU domains: 2"

# IOMMUs of different drivers.
two_devices two-drivers
iommu ivhd0 0000:00:04.0
together 3 warn domain-incompatible likely 2
# Of a driver that nobody here knows, nothing can be said without a trial.
iommu strange0 0000:00:04.0
run check --passive --json --root="$tree" --together 00:03.0 00:04.0
expect_status 4
expect_json "d['together']['outcome'] == 'unknown' and d['together']['verdict'] == 'not-measured'"
expect_json "d['together']['domains'] is None"
expect_json "d['devices'][0]['verdict'] == 'assignable'"

# What cannot be assigned alone is asked nothing more.
two_devices one-bridge
tree_device 0000:00:05.0 060400 8086 10d3 - 5
run check --passive --json --root="$tree" --together 00:03.0 00:05.0
expect_status 1
expect_json "d['together']['outcome'] == 'unknown' and d['together']['domains'] is None"
expect_json "'0000:00:05.0' in d['together']['pairs'][0]['why']"

finish
