#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill.sh worker|client ADDRESS [iommufd]: SIGKILL in every step of a trial, or in every step
# that claims, attaches and maps through iommufd alone, one trial per step;
# after each of them `iommu-diag restore` must bring back driver and override and leave no
# record. The kill comes from the kernel, while the worker is inside the step's own
# function: the step is done, and the process dies before it sees the answer.
who=$1
address=$2
path=${3:-auto}
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
case $who in
worker) kill=1 ;;
client) kill=2 ;;
*) exit 2 ;;
esac
case $(uname -r) in
6.1.*) override=driver_set_override ;;
*) override=__device_set_driver_override ;;
esac
modprobe vfio-pci
driver=$(driver_of "$address")
kept=$(override_of "$address")
kills=0
rc=0

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
	[ "$(driver_of "$address")" = "$driver" ] || fail "driver $(driver_of "$address")"
	[ "$(override_of "$address")" = "$kept" ] || fail "override $(override_of "$address")"
}

# One trial; succeeds when the kill happened, fails when the trial never came that far.
one_trial() {
	insmod /lab/force_errno.ko "function=$function" kill=$kill "skip=$skip" || {
		fail "no probe"
		return 1
	}
	timeout -s KILL 60 iommu-diag check --trial --path="$path" --json "$address" >/tmp/trial.out 2>&1
	status=$?
	hits=$(cat /sys/module/force_errno/parameters/hits)
	rmmod force_errno
	[ "$hits" = 0 ] && return 1
	kills=$((kills + 1))
	echo "killed the $who in $function #$skip: check ended with $status"
	if [ "$status" = 0 ]; then
		# Killed while it put things back, after the last step: the client finished that.
		grep -q '"restored": *true' /tmp/trial.out || fail "success without restoring"
		check_state
	fi
	restore_until_quiet
	check_state
}

case $path in
iommufd)
	modprobe iommufd
	functions="iommufd_fops_open vfio_device_fops_cdev_open vfio_device_fops_unl_ioctl
		iommufd_fops_ioctl"
	;;
*)
	functions="$override device_driver_detach device_driver_attach vfio_fops_open
		vfio_group_fops_open vfio_group_fops_unl_ioctl vfio_fops_unl_ioctl
		vfio_device_fops_unl_ioctl"
	;;
esac
for function in $functions; do
	skip=0
	while [ $skip -lt 12 ] && one_trial; do
		skip=$((skip + 1))
	done
	[ $skip -gt 0 ] || fail "the trial never called it"
	check_state
done
echo "$kills kills"
[ $kills -ge 12 ] || { echo "too few kills"; rc=1; }
exit $rc
