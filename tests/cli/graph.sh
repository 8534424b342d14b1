#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `graph`: a box per function, a frame per group, ports that isolate nothing; and as a picture.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

# A driver's name that would end the string of its box.
evil=$(printf 'evil"driver\134')
tree_new host
tree_iommu
tree_device 0000:00:01.0 060400 8086 1901 pcieport 1
tree_device 0000:00:02.0 060400 1022 1483 pcieport 2
tree_device 0000:01:00.0 030000 10de 1b80 "$evil" 1
tree_device 0000:02:00.0 010802 144d a808 nvme 3
tree_device 0000:00:05.0 020000 1234 10d3 e1000e -
tree_express 0000:00:01.0 4 - 0
tree_express 0000:00:02.0 4 1f 05
tree_express 0000:01:00.0 0 - 0
tree_express 0000:02:00.0 0 - 0
tree_below 0000:01:00.0 0000:00:01.0 1
tree_below 0000:02:00.0 0000:00:02.0 3

run graph --root="$tree"
expect_status 0
expect_out 'digraph iommu_groups {'
expect_out 'subgraph cluster_1 {'
expect_out 'label="IOMMU group 3";'
expect_out '"0000:00:01.0" -> "0000:01:00.0";'
expect_out '"0000:00" -> "0000:00:01.0";'
expect_out '[evil\"driver\\]'
expect_out '\nno ACS"'
expect_out '\nACS off: CR UF"'
expect_out '\ndevice-untranslated'
tests_run=$((tests_run + 1))
[ "$(grep -c '^ *"[0-9a-f:.]*" \[label=' "$scratch/out")" = 5 ] || complain "not five boxes"
tests_run=$((tests_run + 1))
[ "$(grep '^ *"' "$scratch/out" | grep -c penwidth=3)" = 2 ] || complain "not two open ports"

run graph --format=svg --root="$tree"
if command -v dot >/dev/null; then
	expect_status 0
	tests_run=$((tests_run + 1))
	python3 -c '
import sys, xml.etree.ElementTree as tree
words = " ".join(tree.parse(sys.argv[1]).getroot().itertext())
sys.exit(0 if "0000:01:00.0" in words and "IOMMU group 3" in words else 1)
' "$scratch/out" || complain "no picture"
fi
# Without Graphviz it says so, and prints nothing.
mkdir "$scratch/empty"
ln -s "$(command -v sh)" "$scratch/empty/sh"
env PATH="$scratch/empty" "$program" graph --format=svg --root="$tree" >"$scratch/out" \
	2>"$scratch/err"
status=$?
command_line="iommu-diag graph --format=svg without Graphviz"
expect_status 4
expect_empty_out
expect_err "Graphviz, which is not installed"

run graph --format=png --root="$tree"
expect_status 2
expect_empty_out
expect_err "dot or svg"
run graph 01:00.0 --root="$tree"
expect_status 2
run graph --json --root="$tree"
expect_status 2
expect_empty_out
finish
