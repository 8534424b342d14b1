#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Passive verdicts on captured trees, as the outcome table has them.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

# verdict STATUS OUTCOME VERDICT WORD... : what check says of the (first) device.
verdict()
{
	wanted=$1 outcome=$2 id=$3
	shift 3
	run check --passive --json --root="$tree" "$@"
	expect_status "$wanted"
	expect_json "d['devices'][0]['outcome'] == '$outcome'"
	expect_json "d['devices'][0]['verdict'] == '$id'"
	expect_json "d['devices'][0]['path'] == 'passive'"
	expect_json "d['devices'][0]['step'] is None and d['devices'][0]['errno'] is None"
	expect_json "d['devices'][0]['restored'] is None"
}

confidence()
{
	expect_json "d['devices'][0]['confidence'] == '$1'"
}

# Every field of the contract, whatever the verdict.
fields()
{
	expect_json 'set(d) >= {"format", "kernel", "devices", "together"}'
	expect_json 'd["format"] == 1 and d["together"] is None'
	expect_json 'all(set(x) >= {"address", "iommu_group", "driver", "outcome", "verdict",
"confidence", "path", "step", "errno", "summary", "explanation", "fix", "evidence",
"alternatives", "warnings", "in_use", "attempts", "restored"} for x in d["devices"])'
	expect_json 'all(isinstance(x["fix"], list) and x["summary"] and x["explanation"]
for x in d["devices"])'
	expect_json 'all(set(e) == {"source", "where", "value"} and e["source"] in ("sysfs",
"procfs", "acpi", "journal", "ioctl", "trace", "netlink", "udev") for x in d["devices"]
for e in x["evidence"])'
}

tree_new healthy
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 - 3
tree_device 0000:00:04.0 020000 8086 10d3 - 4
verdict 0 pass assignable 00:03.0
confidence likely
fields
run check --passive --root="$tree" 00:03.0
expect_status 0
expect_out "0000:00:03.0  PASS  assignable (likely)"

# The same device twice is one device; a set keeps the order in which it was named.
run check --passive --json --root="$tree" 00:04.0 0000:00:03.0 pci/0000:00:04.0
expect_json '[x["address"] for x in d["devices"]] == ["0000:00:04.0", "0000:00:03.0"]'
run check --passive --json --root="$tree" group:3
expect_json '[x["address"] for x in d["devices"]] == ["0000:00:03.0"]'

tree_new absent
tree_device 0000:00:03.0 020000 8086 10d3 - -
verdict 1 fail iommu-absent 00:03.0
confidence certain
fields

tree_new disabled
tree_device 0000:00:03.0 020000 8086 10d3 - -
tree_dmar
put proc/cmdline "BOOT_IMAGE=/vmlinuz ro intel_iommu=off"
verdict 1 fail iommu-disabled 00:03.0
confidence certain
expect_json 'any("intel_iommu=off" in (e["value"] or "") for e in d["devices"][0]["evidence"])'

tree_new untranslated
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 - -
tree_device 0000:00:04.0 020000 8086 10d3 - 4
verdict 1 fail device-untranslated 00:03.0
confidence certain
verdict 0 pass assignable 00:04.0

tree_new sibling
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 - 3
tree_device 0000:00:03.1 010802 144d a808 nvme 3
tree_device 0000:00:05.0 020000 8086 10d3 - 5
tree_device 0000:00:05.1 020000 8086 10d3 pci-stub 5
verdict 1 fail group-not-viable 00:03.0
confidence likely
run check --passive --root="$tree" 00:03.0
expect_out "0000:00:03.1"
expect_out "nvme"
# Named together, the sibling is no obstacle; nor is one on a driver that keeps off DMA.
run check --passive --json --root="$tree" 00:03.0 00:03.1
expect_json 'd["devices"][0]["verdict"] == "assignable"'
verdict 0 pass assignable 00:05.0

tree_new firmware
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 - 3
tree_device 0000:00:04.0 020000 8086 10d3 - 4
put sys/kernel/iommu_groups/3/reserved_regions \
	"0x000000007d000000 0x000000007d7fffff direct
0x00000000fee00000 0x00000000feefffff msi"
put sys/kernel/iommu_groups/4/reserved_regions \
	"0x000000007d000000 0x000000007d7fffff direct-relaxable
0x00000000fee00000 0x00000000feefffff msi"
verdict 1 fail firmware-reserved-memory 00:03.0
confidence certain
verdict 0 pass assignable 00:04.0

tree_new override
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 - 3
put sys/devices/pci0000:00/0000:00:03.0/driver_override nouveau
verdict 1 fail driver-override-conflict 00:03.0

tree_new bridge
tree_iommu
tree_device 0000:00:01.0 060400 8086 1901 pcieport 1
verdict 1 fail device-is-bridge 00:01.0
confidence certain

tree_new several
tree_iommu
tree_device 0000:00:01.0 060400 8086 1901 pcieport 1
tree_device 0000:00:03.0 020000 8086 10d3 - 3
verdict 1 fail device-is-bridge 00:01.0 00:03.0
expect_json 'd["devices"][1]["outcome"] == "pass"'
run check --passive --root="$tree" -q 00:01.0 00:03.0
expect_status 1
tests_run=$((tests_run + 1))
[ "$(wc -l <"$scratch/out")" -eq 2 ] || complain "-q is not one line per device"
run check --passive --all --json --root="$tree"
expect_json '[x["address"] for x in d["devices"]] == ["0000:00:03.0"]'

# A table that lies about its length is unknown, and nothing crashes over it.
tree_new truncated
tree_device 0000:00:03.0 020000 8086 10d3 - -
tree_dmar
head -c 50 "$tree/sys/firmware/acpi/tables/DMAR" >"$scratch/short"
cp "$scratch/short" "$tree/sys/firmware/acpi/tables/DMAR"
verdict 1 fail iommu-disabled 00:03.0

finish
