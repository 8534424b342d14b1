#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `group`: why devices share a group, what could not be read, and words that name nothing.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

tree_new host
tree_iommu
tree_device 0000:00:01.0 060400 8086 1901 pcieport 1
tree_device 0000:00:02.0 060400 1022 1483 pcieport 2
tree_device 0000:01:00.0 030000 10de 1b80 nouveau 1
tree_device 0000:01:00.1 040300 10de 10f0 snd_hda_intel 1
tree_device 0000:02:00.0 010802 144d a808 nvme 3
tree_device 0000:00:05.0 020000 1234 10d3 e1000e -
tree_express 0000:00:01.0 4 - 0
tree_express 0000:00:02.0 4 1f 1d
tree_express 0000:01:00.0 0 - 0
tree_express 0000:01:00.1 0 - 0
tree_express 0000:02:00.0 0 - 0
tree_below 0000:01:00.0 0000:00:01.0 1
tree_below 0000:01:00.1 0000:00:01.0 1
tree_below 0000:02:00.0 0000:00:02.0 3

run group 1 --root="$tree"
expect_status 0
expect_out "IOMMU group 1, 3 functions:"
expect_out "  0000:00:01.0  root port"
expect_out "  0000:01:00.0, 0000:01:00.1: 0000:00:01.0, the root port above it, may turn"
expect_out "it has no ACS capability (needed:"
expect_out "What would separate them:"
expect_out "one that is not below 0000:00:01.0"
expect_out "pcie_acs_override"
expect_no_out "Note:"

# A device leads to its group; a group that is named twice comes once.
run group 01:00.1 1 02:00.0 --json --root="$tree"
expect_status 0
expect_json '[g["group"] for g in d["groups"]] == [1, 3] and d["format"] == 1'
expect_json 'all(g["as_predicted"] is True for g in d["groups"])'
expect_json '[m["reason"] for m in d["groups"][0]["members"]] == ["own"] + ["path-not-isolated"] * 2'
expect_json 'd["groups"][0]["members"][1]["obstacle"] == "0000:00:01.0"'
expect_json 'd["groups"][0]["members"][1]["acs"] == "absent"'
expect_json 'd["groups"][0]["members"][0]["with"] is None'
expect_json 'len(d["groups"][0]["fix"]) == 3 and d["groups"][1]["fix"] == []'

run group --all --json --root="$tree"
expect_status 0
expect_json 'len(d["groups"]) == 3'

# What is switched off is named, with the word that switches it on.
tree_express 0000:00:01.0 4 1f 05
run group 1 --json --root="$tree"
expect_status 0
expect_json 'd["groups"][0]["members"][1]["acs"] == {"capability": "SV RR CR UF", "control": "SV RR", "missing": "CR UF"}'
expect_json '"pci=config_acs=xx111x1@0000:00:01.0" in d["groups"][0]["fix"][0]'

# As an ordinary user sees it: not measured, and it says so.
head -c 64 "$tree/sys/bus/pci/devices/0000:00:01.0/config" >"$scratch/config"
cp "$scratch/config" "$tree/sys/devices/pci0000:00/0000:00:01.0/config"
run group 1 --root="$tree"
expect_status 4
expect_out "not measured"
run group 1 --json --root="$tree"
expect_json 'd["groups"][0]["as_predicted"] is None'
expect_json 'd["groups"][0]["members"][1]["reason"] is None'

# The kernel knows better.
tree_express 0000:00:01.0 4 1f 1d
run group 1 --root="$tree"
expect_status 0
expect_out "Note: The kernel did not group as this topology tells"

run group --root="$tree"
expect_status 2
expect_empty_out
expect_err "expected the number of a group, a device, or --all"
run group --all 1 --root="$tree"
expect_status 2
expect_err "--all takes no words"
run group 77 --root="$tree"
expect_status 5
expect_empty_out
expect_err "there is no IOMMU group 77"
run group 99999999999999999999999 --root="$tree"
expect_status 5
run group 0000:0x:00.0 --root="$tree"
expect_status 2
expect_empty_out
run group 09:00.0 --root="$tree"
expect_status 5
run group 00:05.0 --root="$tree"
expect_status 4
expect_empty_out
expect_err "0000:00:05.0 is in no IOMMU group"
finish
