#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# hang.sh ADDRESS: a process keeps the device open and ignores every request, another one
# unbinds it and never comes back. Every command must answer in time all the same; once the
# holder is killed, everything goes on.
address=$1
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
rc=0

fail() {
	echo "FAIL: $*"
	rc=1
}

is_running() {
	[ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status"
}

answers() {
	# STATUS TEXT WORD...: ends within eight seconds with STATUS, and says TEXT
	want=$1
	text=$2
	shift 2
	(
		iommu-diag "$@" >/tmp/hang.out 2>&1
		echo $? >/tmp/hang.rc
	) &
	pid=$!
	n=0
	while is_running $pid && [ $n -lt 80 ]; do
		usleep 100000
		n=$((n + 1))
	done
	echo "iommu-diag $*: $n tenths of a second"
	if is_running $pid; then
		fail "iommu-diag $* does not answer"
		return
	fi
	cat /tmp/hang.out
	[ "$(cat /tmp/hang.rc)" = "$want" ] || fail "exit status $(cat /tmp/hang.rc), not $want"
	grep -q "$text" /tmp/hang.out || fail "'$text' was not said"
}

bind_to "$address" vfio-pci
hold_group "$address" --attach
echo "$address" >/sys/bus/pci/drivers/vfio-pci/unbind &
unbind=$!
sleep 1
grep -q vfio_unregister_group_dev "/proc/$unbind/stack" || fail "the unbind does not hang"

answers 0 "$address .*in-use" list
answers 1 group-in-use check --passive "$address"
answers 1 group-in-use check "$address"
answers 1 group-in-use check --trial "$address"
answers 0 "No undo record" status
answers 0 "Nothing to restore" restore
is_running $unbind || fail "the unbind has ended, so nothing was shown"

kill -9 "$(pidof holder)"
wait $unbind
set_override "$address" ""
echo "$address" >/sys/bus/pci/drivers_probe
settle
answers 0 assignable check --trial "$address"
exit $rc
