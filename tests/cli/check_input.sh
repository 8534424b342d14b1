#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bad input: the documented exit status, a message that names it, nothing on standard output.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

tree_new host
tree_iommu
tree_device 0000:00:02.0 010802 144d a808 nvme 2
tree_device 0000:00:03.0 020000 8086 10d3 - 3

# refused STATUS NAMED WORD... : the run fails so, and the message names NAMED.
refused()
{
	wanted=$1 named=$2
	shift 2
	run "$@"
	expect_status "$wanted"
	expect_err "$named"
	expect_empty_out
}

refused 2 "command"
refused 2 "frobnicate" frobnicate
refused 2 "--frob" --frob
for later in report capture; do
	refused 2 "$later" "$later"
done
for command in check list explain restore status; do
	refused 2 "--frob" $command --frob
	refused 2 "-x" $command -x
	refused 2 "sideways" $command --json=sideways
	refused 2 "pink" $command --color=pink
	refused 2 "--quiet=1" $command --quiet=1
	refused 2 "--color" $command --color
done
refused 2 "device" check
refused 2 "extra" list extra
refused 2 "extra" status extra
refused 2 "nowhere" list --root="$scratch/nowhere"
refused 2 "nowhere" check --root="$scratch/nowhere" 00:02.0

# Words that are no device (2) and words that name none (5).
for word in "" . : zz:00.0 00:02.8 00:20.0 100:00.0 0000:00:02.0.0 123456789:00:02.0 \
	00:02.0x "00:02.0 " group: group:x group:-1 group:99999999999999999999 pci/ pci/zz \
	pci_0000_00_02 0000:00:02.0/../x; do
	refused 2 "$word" check --root="$tree" "$word"
done
for word in 00:1f.0 0001:00:02.0 ffffffff:ff:1f.7 pci/0000:00:1f.0 pci_0000_00_1f_0; do
	refused 5 "$word" check --root="$tree" "$word"
done
refused 5 "group" check --root="$tree" group:77
# One bad word spoils the call before anything is measured; malformed outweighs absent.
refused 5 "00:1f.0" check --root="$tree" 00:02.0 00:1f.0
refused 2 "zz" check --root="$tree" 00:1f.0 zz:zz 00:02.0
refused 5 "00:1f.0" check --json --root="$tree" 00:1f.0

# Options.
refused 2 "flux" check --path=flux --root="$tree" 00:02.0
refused 2 "--all" check --together --all --root="$tree"
refused 2 "0000:00:02.0" check --together --root="$tree" 00:02.0
refused 2 "0000:00:02.0" check --together --root="$tree" 00:02.0 0000:00:02.0
refused 2 "0000:00:03.0" check --together --root="$tree" group:3
refused 2 "gravity" check --trial --force=gravity 00:02.0
refused 2 "gravity" check --trial --force=mounted,gravity 00:02.0
refused 2 "--force" check --trial --force= 00:02.0
refused 2 "--force" check --force=mounted --root="$tree" 00:02.0
refused 2 "--root" check --trial --root="$tree" 00:02.0
refused 2 "--passive" check --trial --passive 00:02.0
refused 2 "--dry-run" check --dry-run --root="$tree" 00:02.0
refused 2 "--all" check --all --root="$tree" 00:02.0
for seconds in 0 -1 3601 1.5 x "" 1s 99999999999999999999; do
	refused 2 "--timeout" check --timeout="$seconds" --root="$tree" 00:02.0
done
for driver in "" ../vfio "a b" "$(printf 'a\033b')"; do
	refused 2 "--driver" check --driver="$driver" --root="$tree" 00:02.0
done

# A message is not a way to act on a terminal.
run check --root="$tree" "$(printf '\033[2J00:02.0')"
expect_status 2
expect_err '\x1b'

# Help and version.
run --help
expect_status 0
expect_out "Usage: iommu-diag"
expect_no_out "capture"
run --version
expect_status 0
expect_out "iommu-diag "
for command in check list explain restore status; do
	run $command --help
	expect_status 0
	expect_out "Usage: iommu-diag $command"
	run $command --version
	expect_status 0
	expect_out "iommu-diag "
done
run check --help
expect_out "resets it"
expect_out "framebuffer"

finish
