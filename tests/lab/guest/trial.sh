# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# Words of scripts that halt a trial in the middle and let others act. Sourced after lab.sh.
# A script's exit status is $rc; its counts say how much was shown.
rc=0
trials=0
situation=none

fail() {
	echo "FAIL in $situation: $*"
	rc=1
}

override_function() {
	# What writes driver_override, of this kernel
	case $(uname -r) in
	6.1.*) echo driver_set_override ;;
	*) echo __device_set_driver_override ;;
	esac
}

is_running() {
	[ -d "/proc/$1" ] && ! grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null
}

is_halted() {
	grep -q '^State:.T' "/proc/$1/status" 2>/dev/null
}

worker_of() {
	# CLIENT: the process that runs its trial
	for p in $(pidof iommu-diag); do
		[ "$(sed -n 's/^PPid:.//p' "/proc/$p/status" 2>/dev/null)" = "$1" ] &&
			is_halted "$p" && echo "$p" && return 0
	done
	return 1
}

halt_in() {
	# FUNCTION N WORD...: iommu-diag WORD..., until its worker is halted at the end of the
	# Nth call (from 0) of FUNCTION. Sets client and worker.
	function=$1
	insmod /lab/force_errno.ko "function=$1" kill=1 signal=19 "skip=$2" ||
		{ fail "no probe at $1" && return 1; }
	shift 2
	iommu-diag "$@" >/tmp/trial.out 2>/tmp/trial.err &
	client=$!
	trials=$((trials + 1))
	wait_for 'worker=$(worker_of $client) || ! is_running $client'
	rmmod force_errno
	[ -n "$worker" ] || { fail "no worker was halted in $function"; return 1; }
}

go_on() {
	kill -CONT "$worker"
}

client_ends() {
	# SECONDS: the client must have ended by then; sets status
	n=0
	while is_running "$client" && [ $n -lt $(($1 * 10)) ]; do
		usleep 100000
		n=$((n + 1))
	done
	status=none
	if is_running "$client"; then
		fail "the client does not return"
		return 1
	fi
	wait "$client"
	status=$?
	worker=
}

says() {
	# FIELD VALUE: the trial's report has it, of its first device
	grep -q "\"$1\":$2[,}]" /tmp/trial.out ||
		fail "not \"$1\":$2: $(sed 's/.*"outcome"/"outcome"/; s/"explanation".*"restored"/.../' /tmp/trial.out) $(cat /tmp/trial.err)"
}

verdict() {
	# What the report says of its first device, in one line
	sed 's/,"summary".*"restored"/,"restored"/; s/.*"outcome":"\([^"]*\)","verdict":"\([^"]*\)".*"step":\([^,]*\),"errno":\([^,]*\),"restored":\([^,}]*\).*/\1 \2 \3 \4, restored \5/' /tmp/trial.out
}

ends_with() {
	# STATUS
	[ "$status" = "$1" ] || fail "the trial ended with $status, not $1"
}

is_back() {
	# ADDRESS DRIVER OVERRIDE: there, and no record is left
	left=$(records_left)
	[ -z "$left" ] || fail "record left: $left"
	[ "$(driver_of "$1")" = "$2" ] || fail "driver $(driver_of "$1"), not $2"
	[ "$(override_of "$1")" = "$3" ] || fail "override $(override_of "$1"), not $3"
}
