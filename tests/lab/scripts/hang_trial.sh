#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# hang_trial.sh unbind ADDRESS: a trial whose unbind waits in the kernel for a process that has
# the sound card ADDRESS open.
# hang_trial.sh claim ADDRESS: a trial whose claim never comes back, with the group's lock held.
# hang_trial.sh network ADDRESS: the network's lock is held for ever when the host's use of the
# interface ADDRESS is looked at.
# The client must return, say who waits for whom, and leave a record; every other command must
# answer; and the device comes back once the kernel lets go.
kind=$1
address=$2
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
# shellcheck source=tests/lab/guest/trial.sh
. /lab/trial.sh
situation="a $kind that hangs"
driver=$(driver_of "$address")
[ "$driver" != none ] || fail "no host driver"

ends_within() {
	# SECONDS STATUS TEXT WORD...
	seconds=$1
	want=$2
	text=$3
	shift 3
	iommu-diag "$@" >/tmp/out 2>&1 &
	client=$!
	client_ends "$seconds" || return
	echo "iommu-diag $*: exit $status after $n tenths of a second"
	[ "$status" = "$want" ] || fail "$*: exit $status, not $want: $(cat /tmp/out)"
	grep -q "$text" /tmp/out || fail "$*: does not say '$text': $(cat /tmp/out)"
}

# What must answer while the worker hangs.
others_answer() {
	ends_within 8 0 "$address .*recovering" list
	ends_within 8 0 "$address" status
	ends_within 12 "$1" "$2" check --passive "$address"
	ends_within 12 4 "not-measured" check --trial "$address"
}

worker_is_left() {
	# FUNCTION: it waits uninterruptibly, and the report says where
	worker=$(sed -n 's/.*process \([0-9]*\) waits in the kernel.*/\1/p' /tmp/trial.out)
	[ -n "$worker" ] || { fail "no word about the worker: $(cat /tmp/trial.out)"; return; }
	grep -q '^State:.D' "/proc/$worker/status" ||
		fail "the worker is in $(grep State "/proc/$worker/status")"
	grep -q "waits in the kernel, in [a-z_.]*.* (state D)" /tmp/trial.out ||
		fail "the state is not told: $(cat /tmp/trial.out)"
	grep "$1" "/proc/$worker/stack" || fail "it waits elsewhere: $(cat "/proc/$worker/stack")"
	[ -n "$(records_left)" ] || fail "no record was kept"
	says restored false
}

trial() {
	# WORD...: must be over in 20 s, of which 4 are its own and 10 for putting back
	iommu-diag check --trial --timeout=4 --json "$@" "$address" >/tmp/trial.out 2>/tmp/trial.err &
	client=$!
	trials=$((trials + 1))
	client_ends 20
	cut -c1-2000 /tmp/trial.out
	ends_with 4
}

# Restoring is asked for while it hangs, and is done as soon as that is over.
restore_finishes() {
	# COMMAND: that lets go
	iommu-diag restore >/tmp/restore.out 2>&1 &
	client=$!
	usleep 500000
	eval "$1"
	client_ends 25 || return
	cat /tmp/restore.out
	ends_with 0
	wait_for '! is_running $left' || fail "the worker is still there"
	is_back "$address" "$driver" null
	settle
	iommu-diag check --trial --json "$address" >/tmp/trial.out 2>&1
	status=$?
	[ $status = 0 ] || [ $status = 3 ] ||
		fail "the device cannot be tried any more: $(cat /tmp/trial.out)"
	trials=$((trials + 1))
	is_back "$address" "$driver" null
}

case $kind in
unbind)
	sleep 300 >/dev/snd/pcmC0D0p 2>&1 &
	user=$!
	usleep 300000
	trial --force=sound
	says verdict '"unbind-blocked-in-use"'
	grep -q '"step":"sysfs.unbind","errno":null' /tmp/trial.out || fail "another step"
	grep -q "sleep (pid $user) has /dev/snd/pcmC0D0p open" /tmp/trial.out ||
		fail "it does not say who has it open"
	worker_is_left snd_card_free
	left=$worker
	others_answer 4 not-measured
	restore_finishes 'kill $user'
	;;
claim)
	modprobe vfio-pci
	insmod /lab/force_errno.ko "function=$(claim_function)" errno=5 stall=1 \
		within=iommu_group_claim_dma_owner || fail "no probe"
	trial
	says verdict '"not-measured"'
	grep -q '"step":"group.set_container","errno":null' /tmp/trial.out || fail "another step"
	worker_is_left stall_and_answer
	left=$worker
	others_answer 1 group-in-use
	restore_finishes 'echo 0 >/sys/module/force_errno/parameters/stall; rmmod force_errno'
	;;
network)
	insmod /lab/force_errno.ko function=e1000e_open errno=5 stall=1 || fail "no probe"
	ip link set "$(netdev_of "$address")" up 2>/dev/null &
	configurer=$!
	wait_for 'grep -q stall_and_answer /proc/$configurer/stack' || fail "nothing hangs"
	ends_within 15 0 "did not answer within 4 seconds" check --passive "$address"
	ends_within 15 4 "did not answer within 4 seconds" check --trial "$address"
	ends_within 8 0 "$address" list
	echo 0 >/sys/module/force_errno/parameters/stall
	wait $configurer
	rmmod force_errno
	is_back "$address" "$driver" null
	iommu-diag check --trial --json "$address" >/tmp/trial.out 2>&1 ||
		fail "the device cannot be tried any more: $(cat /tmp/trial.out)"
	trials=$((trials + 2))
	;;
esac
echo "$trials trials"
exit $rc
