#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every text of tests/corpus/own.jsonl gets its verdict, device, group, errno and step, every
# message of messages.jsonl its verdict; a log of any length takes the same memory; what lines
# hold does not confuse the next ones.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

corpus=${top_srcdir:-.}/tests/corpus
tests_run=$((tests_run + 1))
command_line="score.py own.jsonl"
python3 "$corpus/score.py" --program="$program" --least=100 --details -v "$corpus/own.jsonl" \
	>"$scratch/score" || complain "$(cat "$scratch/score")"
tests_run=$((tests_run + 1))
command_line="score.py messages.jsonl"
python3 "$corpus/score.py" --program="$program" --least=100 -v "$corpus/messages.jsonl" \
	>"$scratch/score" || complain "$(cat "$scratch/score")"

# The consequence alone is explained; beside its cause it is not mentioned.
run explain --json "vfio 0000:41:00.0: failed to setup container for group 33"
expect_status 0
expect_json 'd["findings"][0]["confidence"] == "possible"'
run explain --json "vfio 0000:41:00.0: failed to setup container for group 33
vfio-pci 0000:41:00.0: Firmware has requested this device have a 1:1 IOMMU mapping"
expect_json '[f["verdict"] for f in d["findings"]] == ["firmware-reserved-memory"]'

# Ambiguous: what else it can be comes after it.
run explain --json "vfio: failed to set iommu for container: Operation not permitted"
expect_json '[f["verdict"] for f in d["findings"]] == ["unsafe-interrupts",
"firmware-reserved-memory"]'
expect_json 'd["findings"][1]["confidence"] == "possible"'

# Known to be no cause.
run explain --json "thread 'vmm' panicked at 'called Option::unwrap() on a None value'"
expect_status 4

# More lines that say something than there is room for findings: the cause is kept.
awk 'BEGIN {
	for (i = 0; i < 3000; i++)
		printf "pcieport %04x:00:1c.4: AER: Corrected error received: x\n", i
	print "vfio-pci 0000:41:00.0: VF token required to access device"
}' >"$scratch/many"
run explain --json --file="$scratch/many"
expect_json 'd["findings"][0]["verdict"] == "vf-token-required" and len(d["findings"]) < 80'
expect_json 'd["findings"][0]["line"] == 3001'

# A line longer than a block does not hide the next one, and has one number.
{
	head -c 1000000 /dev/zero | tr '\0' x
	printf '\nVF token required to access device\n'
} >"$scratch/long"
run explain --json --file="$scratch/long"
expect_json '[f["line"] for f in d["findings"]] == [2]'

# A healthy boot and a command line that was logged say nothing.
run explain --json --file="$corpus/healthy.txt"
expect_json '{f["verdict"] for f in d["findings"]} == {"no-fault"}'

finish
