#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# memory.sh ADDRESS: trials of which memory runs out: the kernel kills the worker or the client,
# nothing can be allocated, little is left. The device must come back each time.
address=$1
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
# shellcheck source=tests/lab/guest/trial.sh
. /lab/trial.sh
modprobe vfio-pci
modprobe vfio_iommu_type1
driver=$(driver_of "$address")
kills=0
GROUP=/sys/fs/cgroup/lab
mkdir -p /tmp/eaten
mount -t tmpfs -o size=2g tmpfs /tmp/eaten
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir $GROUP
echo 16M >$GROUP/memory.max

available() {
	# Kilobytes
	sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo
}

eat_until() {
	# CONDITION: fills memory that nobody can take back, MiB by MiB
	n=0
	until eval "$1"; do
		dd if=/dev/zero of="/tmp/eaten/$n" bs=1M count=1 2>/dev/null || break
		n=$((n + 1))
		[ $n -lt 4000 ] || break
	done
}

run_out_beside() {
	# PID: it shares a group whose memory is used up, and is the first that is killed for it
	echo 1000 >"/proc/$1/oom_score_adj"
	echo "$1" >$GROUP/cgroup.procs
	(
		echo 500 >/proc/self/oom_score_adj
		echo 0 >$GROUP/cgroup.procs
		exec dd if=/dev/zero of=/tmp/eaten/all bs=1M count=64 2>/dev/null
	)
	wait_for "! is_running $1"
}

digest_it() {
	rm -f /tmp/eaten/*
}

end_of() {
	# What is left of the trial is put back; then the device is as before.
	n=0
	until iommu-diag restore >/tmp/restore.out 2>&1; do
		n=$((n + 1))
		[ $n -lt 5 ] || { fail "restore: $(cat /tmp/restore.out)" && break; }
	done
	is_back "$address" "$driver" null
}

# The kernel kills the worker, the client, or first one and then the other, in the middle.
killed() {
	# FUNCTION N VICTIM...
	situation="no memory in $1: $3 $4"
	halt_in "$1" "$2" check --trial --timeout=60 --json "$address" || return
	shift 2
	for victim in "$@"; do
		[ "$victim" = worker ] && pid=$worker || pid=$client
		if run_out_beside "$pid"; then
			kills=$((kills + 1))
		else
			fail "the kernel did not kill the $victim"
		fi
		digest_it
	done
	is_halted "$worker" && go_on
	client_ends 60
	echo "$situation: exit $status"
	end_of
}

# Whatever cannot be allocated: a clear end, and nothing left.
limited() {
	limit=6000
	good=0
	begun=0
	while [ $good -lt 2 ] && [ $limit -lt 60000 ]; do
		situation="$limit KiB of address space"
		(
			# shellcheck disable=SC3045 # the guest's shell is busybox
			ulimit -v $limit
			exec iommu-diag check --trial --timeout=20 --json "$address"
		) >/tmp/trial.out 2>/tmp/trial.err
		status=$?
		case $status in
		0) good=$((good + 1)) ;;
		127) limit=$((limit + 200)) && continue ;; # the program itself does not fit
		1 | 4) begun=$((begun + 1)) ;;
		*) fail "exit $status: $(cat /tmp/trial.err)" ;;
		esac
		trials=$((trials + 1))
		[ $status = 1 ] && fail "a verdict on the device: $(cat /tmp/trial.out)"
		[ -s /tmp/trial.out ] || [ -s /tmp/trial.err ] || fail "not a word, exit $status"
		end_of
		limit=$((limit + 50))
	done
	echo "address space: $begun trials without enough of it, enough is $limit KiB"
	[ $good = 2 ] || fail "it never was enough"
}

# Little is left, and nobody is killed for it.
tight() {
	for left in 24000 16000 12000; do
		situation="$left KiB of memory"
		eat_until "[ \$(available) -lt $left ]"
		iommu-diag check --trial --timeout=20 --json "$address" >/tmp/trial.out 2>/tmp/trial.err
		status=$?
		echo "$situation, $(available) after: exit $status"
		trials=$((trials + 1))
		digest_it
		case $status in
		0 | 4) ;;
		*) grep -q 'out-of-memory\|ENOMEM' /tmp/trial.out ||
			fail "exit $status: $(cat /tmp/trial.out /tmp/trial.err)" ;;
		esac
		end_of
	done
}

killed device_driver_detach 0 worker
killed vfio_device_fops_unl_ioctl 0 worker
killed device_driver_detach 0 client
killed vfio_device_fops_unl_ioctl 0 client
killed vfio_device_fops_unl_ioctl 0 client worker
limited
tight
umount /tmp/eaten
rmdir $GROUP
umount /sys/fs/cgroup
echo "$trials trials, $kills killed"
[ $kills = 6 ] || fail "$kills kills, not 6"
exit $rc
