#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# trace_kill.sh ADDRESS [WORD...]: client and worker killed while a trial is traced. `iommu-diag
# status` must tell it, and `iommu-diag restore WORD...` remove our probes and the instance, and
# leave those of others.
address=$1
shift
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
modprobe vfio-pci
driver=$(driver_of "$address")
echo 'p:lab/foreign vfs_statfs' >>/sys/kernel/tracing/kprobe_events
rc=0
iommu-diag check --trial --trace --json "$address" >/tmp/trial.out 2>&1 &
n=0
until grep -qs 'iommu_diag_.*vfio_fops_unl_ioctl' /sys/kernel/tracing/kprobe_events; do
	n=$((n + 1))
	[ $n -le 600 ] || { echo "no probe was ever defined"; exit 1; }
	usleep 50000
done
for p in $(pidof iommu-diag); do
	kill -9 "$p"
done
wait
usleep 500000
[ -n "$(traces_left)" ] || { echo "the kill left nothing, so nothing is tested"; rc=1; }
iommu-diag status | grep -q 'left behind by a trace' || { echo "status does not tell it"; rc=1; }
iommu-diag restore "$@" || { echo "restore ended with $?"; rc=1; }
left=$(traces_left)
[ -z "$left" ] || { echo "left: $left"; rc=1; }
iommu-diag status | grep -q 'No undo record' || { echo "status tells of a record"; rc=1; }
grep -q 'lab/foreign' /sys/kernel/tracing/kprobe_events || { echo "a foreign probe is gone"; rc=1; }
echo '-:lab/foreign' >>/sys/kernel/tracing/kprobe_events
[ "$(driver_of "$address")" = "$driver" ] || { echo "driver $(driver_of "$address")"; rc=1; }
exit $rc
