#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# unplug.sh ADDRESS ID SLOT: the device ID is taken out of its slot in the middle of a trial,
# once in every place; whatever the trial says, it must end, leave no record and harm nobody.
# Each time a device of the same kind is plugged in again, and tried.
address=$1
id=$2
slot=$3
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
# shellcheck source=tests/lab/guest/trial.sh
. /lab/trial.sh
modprobe vfio-pci

is_gone() {
	[ ! -e "$PCI/$address" ]
}

plug_again() {
	plug e1000e "$id" "$slot" '"netdev":"net3","romfile":""'
	wait_for '[ "$(driver_of "$address")" = e1000e ]' || fail "it does not come back"
	settle || fail "its driver never became ready"
	is_back "$address" e1000e null
	iommu-diag check --trial --json "$address" >/tmp/trial.out 2>&1 ||
		fail "the one that was plugged in again: $(cat /tmp/trial.out)"
	trials=$((trials + 1))
	is_back "$address" e1000e null
}

# The device leaves while the worker is halted in FUNCTION.
unplug_in() {
	situation="unplug in $1 #$2"
	halt_in "$1" "$2" check --trial --timeout=20 --json "$address" || return
	unplug "$id"
	sleep 1
	seen=$(is_gone && echo gone || echo "on the bus, $(driver_of "$address")")
	go_on
	client_ends 60 || return
	echo "$situation: $seen while halted; exit $status, $(verdict)"
	ends_with 1
	says verdict '"device-address-invalid"'
	says restored false
	wait_for is_gone || fail "the kernel never let go of it"
	iommu-diag restore >/tmp/restore.out 2>&1 || fail "restore: $(cat /tmp/restore.out)"
	[ -z "$(records_left)" ] || fail "record left: $(records_left)"
	plug_again
}

unplug_in "$(override_function)" 0
unplug_in device_driver_detach 0
unplug_in device_driver_attach 0
unplug_in vfio_group_fops_open 0
unplug_in vfio_group_fops_unl_ioctl 1
unplug_in vfio_device_fops_unl_ioctl 0

# And while nothing is halted.
for wait in 200 300 350 400 450 500 550 600; do
	situation="unplug after $wait ms"
	iommu-diag check --trial --timeout=20 --json "$address" >/tmp/trial.out 2>/tmp/trial.err &
	client=$!
	trials=$((trials + 1))
	usleep $((wait * 1000))
	unplug "$id"
	client_ends 60 || continue
	echo "$situation: exit $status, $(verdict)"
	wait_for is_gone || fail "the kernel never let go of it"
	iommu-diag restore >/tmp/restore.out 2>&1 || fail "restore: $(cat /tmp/restore.out)"
	[ -z "$(records_left)" ] || fail "record left: $(records_left)"
	plug_again
done
echo "$trials trials"
[ $trials -ge 28 ] || fail "too few trials"
exit $rc
