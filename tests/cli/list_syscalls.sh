#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `list --no-names` takes fewer than 8 system calls a function; the count is the same every time.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

count=1024
make_tree=${top_builddir:-.}/tests/bench/tree
# Over /sys itself: links of a captured tree are followed with more care, which costs more.
private=-m
[ "$(id -u)" = 0 ] || private=-rm
if ! unshare $private strace -qq -o "$scratch/trace" true 2>/dev/null; then
	echo "strace or a private mount namespace is not to be had here"
	exit 77
fi
"$make_tree" "$scratch/host" "$count" || exit 99

# The leak checker cannot run under a tracer.
ASAN_OPTIONS=detect_leaks=0
export ASAN_OPTIONS program scratch
# shellcheck disable=SC2016
unshare $private sh -c 'mount --bind "$scratch/host/sys" /sys &&
	exec strace -f -qq -o "$scratch/trace" "$program" list --no-names' \
	>"$scratch/out" 2>"$scratch/err"
status=$?
command_line="iommu-diag list --no-names, $count functions"
calls=$(wc -l <"$scratch/trace")
expect_status 0
tests_run=$((tests_run + 1))
[ "$(grep -c '^	' "$scratch/out")" -eq "$count" ] || complain "functions are missing"
tests_run=$((tests_run + 1))
[ "$calls" -lt $((count * 8)) ] || complain "$calls system calls for $count functions"
echo "$calls system calls for $count functions"
finish
