#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `explain`: ids, errnos at steps, texts; without root and without an IOMMU.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

fields()
{
	expect_json 'set(d) == {"format", "findings", "here"} and d["format"] == 1'
	expect_json 'all(set(f) >= {"verdict", "confidence", "summary", "explanation", "fix",
"matched", "line", "device", "group", "step", "errno"} for f in d["findings"])'
}

run explain --json firmware-reserved-memory
expect_status 0
fields
expect_json 'len(d["findings"]) == 1'
expect_json 'd["findings"][0]["verdict"] == "firmware-reserved-memory"'
expect_json 'd["findings"][0]["fix"] and d["findings"][0]["rules"]'
expect_json 'd["findings"][0]["matched"] is None and d["findings"][0]["line"] is None'
run explain firmware-reserved-memory
expect_status 0
expect_out "What to do:"
expect_out "group.set_container"
expect_no_out "@"

# Every id that a verdict can have is explained, "unknown" too.
sed -n 's/^VERDICT([A-Z_0-9]*, "\(.*\)")$/\1/p' \
	"${top_srcdir:-.}/src/model/verdict.def" >"$scratch/ids"
while read -r id; do
	run explain "$id"
	expect_status 0
	expect_out "$id"
done <"$scratch/ids"
tests_run=$((tests_run + 1))
[ "$(wc -l <"$scratch/ids")" -gt 70 ] || complain "the ids were not found"

run explain --json group.set_container EINVAL
expect_status 0
fields
expect_json 'len(d["findings"]) > 1'
expect_json 'all(f["step"] == "group.set_container" and f["errno"] == "EINVAL"
for f in d["findings"])'
expect_json '"firmware-reserved-memory" in [f["verdict"] for f in d["findings"]]'
expect_json 'any(r["needs"] for f in d["findings"] for r in f["rules"])'
run explain group.set_container EPERM
expect_status 0
expect_out "group-not-viable"

run explain group.set_conatiner EINVAL
expect_status 2
expect_err "group.set_conatiner"
expect_empty_out
run explain group.set_container EFROB
expect_status 2
expect_err "EFROB"
expect_empty_out
run explain group.set_container
expect_status 2
expect_empty_out

# A pair that no rule knows.
run explain --json device.get_hot_reset_info EXDEV
expect_status 4
expect_json '[f["verdict"] for f in d["findings"]] == ["unknown"]'

# Lines of a log: the line, its number, the device.
cat >"$scratch/log" <<'LOG'
[    1.0] Linux version 6.1
[    9.1] pci 0000:01:00.0: DMAR: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.  Contact your platform vendor.
LOG
run explain --json --file="$scratch/log"
expect_status 0
fields
expect_json '[f["verdict"] for f in d["findings"]] == ["firmware-reserved-memory"]'
expect_json 'd["findings"][0]["line"] == 2 and d["findings"][0]["device"] == "0000:01:00.0"'
expect_json 'd["findings"][0]["matched"].startswith("[    9.1] pci 0000:01:00.0")'
cp "$scratch/out" "$scratch/by_file"

for way in stdin dash; do
	case $way in
	stdin) "$program" explain --json <"$scratch/log" >"$scratch/out" 2>"$scratch/err" ;;
	dash) "$program" explain --json - <"$scratch/log" >"$scratch/out" 2>"$scratch/err" ;;
	esac
	status=$?
	command_line="explain by $way"
	expect_status 0
	tests_run=$((tests_run + 1))
	cmp -s "$scratch/out" "$scratch/by_file" || complain "differs from --file"
done
run explain --json "$(sed -n 2p "$scratch/log")"
expect_status 0
expect_json 'd["findings"][0]["line"] == 1'

# Nothing recognised is one finding that says so.
run explain --json "the weather is fine"
expect_status 4
expect_json '[f["verdict"] for f in d["findings"]] == ["unknown"]'
run explain --json
expect_status 4

# A hostile log: control characters, bytes that are no text, zero bytes, a line without end.
printf 'x\0y\033[2J \377 0000:01:00.0: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.\n' \
	>"$scratch/hostile"
run explain --file="$scratch/hostile"
expect_status 0
expect_no_out "$(printf '\033')"
expect_out '\x1b[2J \xff'
run explain --json --file="$scratch/hostile"
expect_json 'd["findings"][0]["device"] == "0000:01:00.0"'
head -c 3000000 /dev/zero | tr '\0' a >"$scratch/long"
run explain --file="$scratch/long"
expect_status 4

run explain --file="$scratch/nowhere"
expect_status 2
expect_err "nowhere"
run explain --file="$scratch/log" words
expect_status 2
run explain ""
expect_status 2

finish
