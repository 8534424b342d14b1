#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# race.sh ADDRESS OTHER: while a trial of ADDRESS is halted in one place after another, somebody
# else does with the device what libvirt, driverctl, another user of VFIO or another trial would.
# Never may a device be lost or taken from whoever has it, nor anybody hang.
address=$1
other=$2
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
# shellcheck source=tests/lab/guest/trial.sh
. /lab/trial.sh
modprobe vfio-pci
modprobe vfio_iommu_type1
driver=$(driver_of "$address")

begin() {
	# SITUATION FUNCTION N
	situation=$1
	is_back "$address" "$driver" null
	settle
	halt_in "$2" "$3" check --trial --timeout=60 --json "$address"
}

tell() {
	echo "$situation: exit $status, $(verdict); then driver $(driver_of "$address")," \
		"override $(override_of "$address")"
}

restore_ends() {
	# STATUS TEXT
	iommu-diag restore >/tmp/restore.out 2>&1
	r=$?
	[ $r = "$1" ] || fail "restore ended with $r, not $1: $(cat /tmp/restore.out)"
	grep -q "$2" /tmp/restore.out || fail "restore does not say '$2': $(cat /tmp/restore.out)"
}

keeps() {
	# DRIVER OVERRIDE: the device is whose it is now, and the trial's record stands
	[ "$(driver_of "$address")" = "$1" ] || fail "driver $(driver_of "$address"), not $1"
	[ "$(override_of "$address")" = "$2" ] || fail "override $(override_of "$address"), not $2"
	[ -n "$(records_left)" ] || fail "no record was kept"
	says restored false
	restore_ends 1 contested
}

# What driverctl set-override and libvirt's detach write, in their order.
take_away() {
	# DRIVER
	echo "$1" >"$PCI/$address/driver_override"
	[ -e "$PCI/$address/driver" ] && echo "$address" >"$PCI/$address/driver/unbind"
	echo "$address" >/sys/bus/pci/drivers_probe
}

give_back() {
	echo >"$PCI/$address/driver_override"
	[ -e "$PCI/$address/driver" ] && echo "$address" >"$PCI/$address/driver/unbind"
	echo "$address" >/sys/bus/pci/drivers_probe
	settle
}

# A virtual machine comes between the bind and the open: it keeps the device.
vm_after_bind() {
	begin "a virtual machine opens the group after the bind" device_driver_attach 0 || return
	hold_group "$address" --attach || fail "the group cannot be held"
	go_on
	client_ends 60 || return
	tell
	ends_with 1
	says verdict '"group-in-use"'
	keeps vfio-pci vfio-pci
	pidof holder >/dev/null || fail "the holder is gone"
	kill -9 "$(pidof holder)"
	restore_ends 0 restored
	is_back "$address" "$driver" null
}

# libvirt starts a guest with a managed device between the unbind and the bind.
libvirt_after_unbind() {
	begin "libvirt detaches the device after the unbind" device_driver_detach 0 || return
	take_away vfio-pci
	hold_group "$address" --attach || fail "the group cannot be held"
	go_on
	client_ends 60 || return
	tell
	ends_with 1
	keeps vfio-pci vfio-pci
	pidof holder >/dev/null || fail "the holder is gone"
	kill -9 "$(pidof holder)"
	restore_ends 0 restored
	is_back "$address" "$driver" null
}

# ... and while the trial has the device open: its unbind waits, and whoever comes first has it.
libvirt_while_open() {
	begin "libvirt detaches the device while it is open" vfio_device_fops_unl_ioctl 0 || return
	take_away vfio-pci &
	# shellcheck disable=SC2034 # what wait_for evaluates
	taker=$!
	sleep 1
	go_on
	client_ends 60 || return
	wait_for '! is_running $taker' || fail "libvirt's unbind does not return"
	tell
	if [ "$(driver_of "$address")" = vfio-pci ]; then
		[ -z "$(records_left)" ] || keeps vfio-pci vfio-pci
		give_back
	fi
	iommu-diag restore >/tmp/restore.out 2>&1 || fail "restore: $(cat /tmp/restore.out)"
	is_back "$address" "$driver" null
}

# driverctl gives the device to a driver that is not the trial's.
driverctl_elsewhere() {
	# FUNCTION N PLACE
	begin "driverctl set-override pci-stub $3" "$1" "$2" || return
	modprobe pci-stub
	take_away pci-stub &
	# shellcheck disable=SC2034 # what wait_for evaluates
	taker=$!
	sleep 1
	go_on
	client_ends 60 || return
	wait_for '! is_running $taker' || fail "driverctl's unbind does not return"
	tell
	keeps "$(driver_of "$address")" pci-stub
	give_back
	restore_ends 0 restored
	is_back "$address" "$driver" null
}

# A second trial of the same group says so; one of another group goes its way.
second_trial() {
	begin "a second trial" vfio_device_fops_unl_ioctl 0 || return
	iommu-diag check --trial --json "$address" >/tmp/second.out 2>&1
	r=$?
	[ $r = 4 ] || [ $r = 1 ] || fail "the second trial ended with $r: $(cat /tmp/second.out)"
	grep -q 'another trial\|group-in-use' /tmp/second.out ||
		fail "the second trial does not say why: $(cat /tmp/second.out)"
	iommu-diag check --trial --json "$other" >/tmp/second.out 2>&1 ||
		fail "the trial of another group ended with $?: $(cat /tmp/second.out)"
	trials=$((trials + 2))
	iommu-diag restore >/tmp/restore.out 2>&1 &
	restorer=$!
	sleep 1
	is_running $restorer || fail "restore did not wait for the trial: $(cat /tmp/restore.out)"
	go_on
	client_ends 60 || return
	wait $restorer || fail "restore after the trial: $(cat /tmp/restore.out)"
	grep -q "its trial has put it back itself" /tmp/restore.out ||
		fail "restore does not say that there was nothing to do: $(cat /tmp/restore.out)"
	tell
	ends_with 0
	says restored true
}

# Somebody has moved the device between the look at it and the trial.
moved_before() {
	situation="libvirt was faster"
	mkdir -p /etc/modprobe.d
	rmmod vfio_pci
	echo "install vfio-pci echo vfio-pci >$PCI/$address/driver_override;" \
		"echo $address >$PCI/$address/driver/unbind; /sbin/modprobe --ignore-install vfio-pci;" \
		"echo $address >/sys/bus/pci/drivers_probe" >/etc/modprobe.d/lab.conf
	iommu-diag check --trial --json "$address" >/tmp/trial.out 2>/tmp/trial.err
	status=$?
	trials=$((trials + 1))
	rm /etc/modprobe.d/lab.conf
	tell
	ends_with 4
	grep -q "since it was looked at" /tmp/trial.out || fail "it does not say why"
	says restored null
	is_back "$address" vfio-pci vfio-pci
	give_back
}

# A user of VFIO that opens every group as soon as it can, all the time.
greedy_user() {
	situation="a greedy user of VFIO"
	holder "$address" --greedy >/tmp/greedy.out 2>&1 &
	greedy=$!
	refused=0
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		iommu-diag check --trial --json "$address" >/tmp/trial.out 2>/tmp/trial.err
		status=$?
		trials=$((trials + 1))
		case $status in
		0) ;;
		1) refused=$((refused + 1)) && says verdict '"group-in-use"' ;;
		*) fail "trial $i: exit $status, $(verdict)" ;;
		esac
		# It may have had the group for longer than the restore waits.
		iommu-diag restore >/tmp/restore.out 2>&1 || fail "restore: $(cat /tmp/restore.out)"
		is_back "$address" "$driver" null
	done
	kill $greedy
	wait $greedy
	echo "$situation: 12 trials, $refused found the group taken; $(cat /tmp/greedy.out)"
}

vm_after_bind
libvirt_after_unbind
libvirt_while_open
driverctl_elsewhere device_driver_detach 0 "after the unbind"
driverctl_elsewhere device_driver_attach 0 "after the bind"
driverctl_elsewhere vfio_device_fops_unl_ioctl 0 "while it is open"
second_trial
moved_before
greedy_user
situation=end
is_back "$address" "$driver" null
echo "$trials trials"
[ $trials -ge 22 ] || fail "too few trials"
exit $rc
