#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `status` and `restore` where there is nothing to do.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

tree_new host
run status --root="$tree"
expect_status 0
expect_out "No undo record"
run status --json --root="$tree"
expect_status 0
expect_json 'd == {"format": 1, "records": [], "traces": [], "unreadable": []}'

# A file that is no record is named, and left alone.
put run/iommu-diag/undo/0000:00:02.0 "garbage"
run status --json --root="$tree"
expect_status 0
expect_json 'd["records"] == [] and len(d["unreadable"]) == 1'
tests_run=$((tests_run + 1))
[ -f "$tree/run/iommu-diag/undo/0000:00:02.0" ] || complain "the file was removed"

# A record: what the device was. Of a captured tree nobody can say whether the worker lives.
rm "$tree/run/iommu-diag/undo/0000:00:02.0"
tree_record 0000:00:02.0 144d a808 2 nvme
run status --root="$tree"
expect_status 0
expect_out "0000:00:02.0  worker 4242"
expect_out "driver nvme, driver_override none"
run status --json --root="$tree"
expect_json 'd["records"][0]["driver"] == "nvme" and d["records"][0]["driver_override"] is None'
expect_json 'd["records"][0]["worker_pid"] == 4242 and d["records"][0]["worker_alive"] is None'
expect_json 'd["records"][0]["iommu_group"] == 2 and d["unreadable"] == []'

# What a killed worker left in tracefs; other hidden files are locks and unfinished records.
put run/iommu-diag/undo/.trace-4243-99 "probes iommu_diag_4243_99"
put run/iommu-diag/undo/.trace-4243 ""
run status --root="$tree"
expect_status 0
expect_out "iommu-diag-4243-99  of a trace (worker 4243)"
expect_out "probes iommu_diag_4243_99"
run status --json --root="$tree"
expect_json 'd["traces"] == [{"worker_pid": 4243, "worker_alive": None,
	"probes": "iommu_diag_4243_99", "instance": "iommu-diag-4243-99"}]'
expect_json 'len(d["records"]) == 1 and d["unreadable"] == []'
rm "$tree/run/iommu-diag/undo/0000:00:02.0"
run status --root="$tree"
expect_out "iommu-diag-4243-99"
expect_no_out "No undo record"

run restore zz:zz
expect_status 2
expect_err "zz:zz"
expect_empty_out
run restore ffff:ff:1f.7
expect_status 5
expect_err "ffff:ff:1f.7"
expect_empty_out
run restore --root="$tree"
expect_status 2

finish
