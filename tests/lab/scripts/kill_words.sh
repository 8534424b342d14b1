# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154
# Words of the scripts that kill a trial. Sourced; $devices are those that it moves, $kill is as
# force_errno.ko has it, $function and $skip say which call is the last one.
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
kills=0
rc=0

override_function() {
	# What writes driver_override, of this kernel.
	case $(uname -r) in
	6.1.*) echo driver_set_override ;;
	*) echo __device_set_driver_override ;;
	esac
}

remember_state() {
	for a in $devices; do
		echo "$a $(driver_of "$a") $(override_of "$a")"
	done >/run/lab-kept
}

fail() {
	echo "kill in $function #$skip: $*"
	rc=1
}

restore_until_quiet() {
	n=0
	while [ $n -lt 60 ]; do
		iommu-diag restore >/tmp/restore.out 2>&1
		restored=$?
		if [ -z "$(records_left)" ] && ! pidof iommu-diag >/dev/null; then
			break
		fi
		usleep 250000
		n=$((n + 1))
	done
	[ "$restored" = 0 ] || fail "restore ended with $restored: $(cat /tmp/restore.out)"
}

check_state() {
	left=$(records_left)
	[ -z "$left" ] || fail "record left: $left"
	while read -r a driver override; do
		[ "$(driver_of "$a")" = "$driver" ] || fail "$a: driver $(driver_of "$a")"
		[ "$(override_of "$a")" = "$override" ] || fail "$a: override $(override_of "$a")"
	done </run/lab-kept
}

calls_of() {
	# WORD...: how often check --trial WORD... calls $function
	insmod /lab/force_errno.ko "function=$function" kill=1 skip=1000000 || return 1
	iommu-diag check --trial --json "$@" >/dev/null 2>&1
	cat /sys/module/force_errno/parameters/calls
	rmmod force_errno
}

kill_once() {
	# WORD...: one check --trial WORD...; fails when it never came that far
	insmod /lab/force_errno.ko "function=$function" "kill=$kill" "skip=$skip" || {
		fail "no probe"
		return 1
	}
	timeout -s KILL 60 iommu-diag check --trial --json "$@" >/tmp/trial.out 2>&1
	status=$?
	hits=$(cat /sys/module/force_errno/parameters/hits)
	rmmod force_errno
	[ "$hits" = 0 ] && return 1
	kills=$((kills + 1))
	echo "killed in $function #$skip: check ended with $status"
	if [ "$status" = 0 ]; then
		# Killed while it put things back, after the last step: the client finished that.
		grep -q '"restored": *true' /tmp/trial.out || fail "success without restoring"
		check_state
	fi
	restore_until_quiet
	check_state
}
