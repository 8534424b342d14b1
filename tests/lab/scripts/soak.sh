#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# soak.sh COUNT ADDRESS...: COUNT times a trial of each device. What the first fifth has left
# must be all that is left: descriptors, processes, memory, and the lines of a trial in the log.
count=$1
shift
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
modprobe vfio-pci
rc=0

fail() {
	echo "FAIL: $*"
	rc=1
}

field() {
	# NAME: of /proc/meminfo, in KiB
	sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo
}

bindings() {
	for a in "$@"; do
		echo "$a $(driver_of "$a") $(override_of "$a") $(cat "$PCI/$a/power/control")"
	done
}

sample() {
	# TRIAL: what is flat where nothing leaks
	sync
	echo 3 >/proc/sys/vm/drop_caches
	files=$(cut -f1 /proc/sys/fs/file-nr)
	slab=$(field SUnreclaim)
	free=$(field MemFree)
	processes=$(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)
	lines=$(dmesg | wc -l)
	echo "$1 rounds: $files descriptors, $processes processes, $slab KiB of slab," \
		"$free KiB free, $rss KiB at most in a process, $lines lines in the log"
}

grown() {
	# WHAT BEFORE NOW LIMIT
	[ $(($3 - $2)) -le "$4" ] || fail "$1: $2 before, $3 now"
}

start=$(bindings "$@")
rss=0
n=0
while [ $n -lt "$count" ]; do
	# The largest of the client and the workers that it has reaped.
	time -v iommu-diag check --trial -q "$@" >/tmp/soak.out 2>/tmp/soak.err ||
		fail "round $n: $(head -n 3 /tmp/soak.out /tmp/soak.err)"
	now=$(sed -n 's/.*Maximum resident set size (kbytes): //p' /tmp/soak.err)
	[ "$now" -le "$rss" ] || rss=$now
	[ "$(bindings "$@")" = "$start" ] || fail "round $n: $(bindings "$@")"
	[ -z "$(records_left)" ] || fail "round $n: record left: $(records_left)"
	n=$((n + 1))
	[ $((n % (count / 5))) = 0 ] || continue
	settle
	sample $n
	if [ $n = $((count / 5)) ]; then
		files0=$files slab0=$slab free0=$free processes0=$processes rss0=$rss lines0=$lines
	fi
	[ $rc = 0 ] || break
done
grown "open descriptors" "$files0" "$files" 32
grown processes "$processes0" "$processes" 8
grown "slab, KiB" "$slab0" "$slab" 2048
grown "memory in use, KiB" "-$free0" "-$free" 8192
grown "largest process, KiB" "$rss0" "$rss" 512
# As many lines for each round as in the first fifth.
grown "lines in the log" $((lines0 * 5)) "$lines" $((count / 10 + 20))
[ -z "$(find $UNDO -type f 2>/dev/null)" ] || fail "left: $(find $UNDO -type f)"
echo "$n rounds of $# trials"
exit $rc
