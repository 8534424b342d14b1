#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `list`: layout, states, documents, and hosts without groups.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

tree_new host
tree_iommu
tree_device 0000:00:00.0 060000 8086 29c0 - 0
tree_device 0000:00:01.0 060400 8086 1901 pcieport 1
tree_device 0000:00:02.0 010802 144d a808 nvme 2
tree_device 0000:00:03.0 020000 8086 10d3 vfio-pci 3
tree_device 0000:00:04.0 020000 8086 10d3 - 3
tree_device 0000:00:05.0 020000 8086 10d3 e1000e -
tree_device 0000:00:0a.0 020000 8086 10d3 e1000e 10

run list --no-names --root="$tree"
expect_status 0
expect_out "IOMMU Group 1:"
expect_out "	0000:00:01.0 [0604]: [8086:1901] [pcieport] bridge"
expect_out "	0000:00:02.0 [0108]: [144d:a808] [nvme] host"
expect_out "	0000:00:03.0 [0200]: [8086:10d3] [vfio-pci] vfio"
expect_out "	0000:00:04.0 [0200]: [8086:10d3] [-] unbound"
expect_out "No IOMMU group:"
expect_out "	0000:00:05.0 [0200]: [8086:10d3] [e1000e] no-group"

# Groups come by number, not by name; devices without one come last.
grep -v '^	' "$scratch/out" | tr '\n' ' ' >"$scratch/order"
tests_run=$((tests_run + 1))
[ "$(cat "$scratch/order")" = "IOMMU Group 0: IOMMU Group 1: IOMMU Group 2: IOMMU Group 3: \
IOMMU Group 10: No IOMMU group: " ] || complain "order: $(cat "$scratch/order")"

# The hardware database may be there or not; ids and revision always are.
run list --root="$tree"
expect_status 0
expect_out "	0000:00:01.0 "
expect_out "[0604]: "
expect_out "[8086:1901] (rev 03) [pcieport] bridge"

run list --json --root="$tree"
expect_status 0
expect_json 'd["format"] == 1 and d["kernel"] == "6.12.107-test"'
expect_json 'len(d["devices"]) == 7'
expect_json 'd["devices"][2]["address"] == "0000:00:02.0"'
expect_json 'd["devices"][2]["class"] == "010802" and d["devices"][2]["vendor"] == "144d"'
expect_json 'd["devices"][2]["device"] == "a808" and d["devices"][2]["revision"] == "03"'
expect_json 'd["devices"][2]["iommu_group"] == 2 and d["devices"][2]["driver"] == "nvme"'
expect_json 'd["devices"][5]["iommu_group"] is None'
expect_json 'd["devices"][4]["driver"] is None and d["devices"][4]["state"] == "unbound"'
expect_json '[g["id"] for g in d["iommu_groups"]] == [0, 1, 2, 3, 10]'
expect_json 'd["iommu_groups"][3]["devices"] == ["0000:00:03.0", "0000:00:04.0"]'
expect_json 'd["iommu_groups"][3]["state"] == "unbound"'
expect_json 'd["iommu_groups"][1]["state"] == "bridge"'
expect_json 'all(set(x) == set(d["devices"][0]) for x in d["devices"])'

# Several lines, or one.
run list --json=pretty --root="$tree"
expect_json 'len(d["devices"]) == 7'
tests_run=$((tests_run + 1))
[ "$(wc -l <"$scratch/out")" -gt 10 ] || complain "--json=pretty is one line"
run list --json=short --root="$tree"
tests_run=$((tests_run + 1))
[ "$(wc -l <"$scratch/out")" -eq 1 ] || complain "--json=short is not one line"

# A file that is no record says nothing; a record of a trial does.
put run/iommu-diag/undo/0000:00:02.0 "not a record"
run list --no-names --root="$tree"
expect_status 0
expect_out "[nvme] host"
tree_record 0000:00:02.0 144d a808 2 nvme
run list --no-names --root="$tree"
expect_status 0
expect_out "[nvme] recovering"
run list --json --root="$tree"
expect_json 'd["iommu_groups"][2]["state"] == "recovering"'

# Names that act on a terminal.
tree_new hostile
tree_device 0000:00:02.0 010802 144d a808 "$(printf 'ev\033[31mil')" -
run list --no-names --root="$tree"
expect_status 0
expect_out 'ev\x1b[31mil'
run list --no-names --json --root="$tree"
expect_json 'd["devices"][0]["driver"] == "ev\x1b[31mil"'

# No /sys/kernel/iommu_groups: every device without a group, and that is no error.
tree_new bare
tree_device 0000:00:02.0 010802 144d a808 nvme -
rmdir "$tree/sys/kernel/iommu_groups"
run list --no-names --root="$tree"
expect_status 0
expect_out "No IOMMU group:"
expect_no_out "IOMMU Group"
run list --json --root="$tree"
expect_status 0
expect_json 'd["iommu_groups"] == [] and d["devices"][0]["state"] == "no-group"'

# No PCI bus at all.
mkdir "$scratch/empty"
run list --root="$scratch/empty"
expect_status 4
expect_empty_out
expect_err "$scratch/empty"

# Colour is asked for, or not there.
run list --no-names --color=always --root="$scratch/host"
expect_out "$(printf '\033[32mvfio')"
run list --no-names --root="$scratch/host"
expect_no_out "$(printf '\033')"

# Half a listing is no listing.
if [ -w /dev/full ]; then
	"$program" list --no-names --root="$scratch/host" >/dev/full 2>"$scratch/err"
	status=$?
	command_line="iommu-diag list >/dev/full"
	: >"$scratch/out"
	expect_status 4
	expect_err "standard output"
fi

# A reader that has gone away is an error like any other.
{
	sleep 0.3
	"$program" list --no-names --root="$scratch/host" 2>"$scratch/err"
	echo $? >"$scratch/status"
} | true
status=$(cat "$scratch/status")
command_line="iommu-diag list | true"
expect_status 4
expect_err "standard output"

finish
