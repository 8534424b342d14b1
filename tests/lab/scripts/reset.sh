#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# reset.sh ADDRESS DISK: the machine is reset in the middle of a trial of ADDRESS, whose undo
# records a disk keeps, as no host should. In the next boot nothing may be left of the trial but
# that record, which must be known for one of another boot, and do nothing.
address=$1
disk=$2
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
# shellcheck source=tests/lab/guest/trial.sh
. /lab/trial.sh
node=$(blockdev_of "$disk")
mkdir -p $UNDO
modprobe vfio-pci
modprobe vfio_iommu_type1

begin_and_reset() {
	situation="the first boot"
	mke2fs "$node" >/dev/null 2>&1
	mount -t ext4 "$node" /mnt || fail "no place for records"
	mkdir /mnt/undo
	mount --bind /mnt/undo $UNDO
	halt_in vfio_device_fops_unl_ioctl 0 check --trial --timeout=60 --json "$address" || exit 1
	echo "$(driver_of "$address") $(override_of "$address")" >/mnt/halted
	cp "$UNDO/$address" /mnt/record || fail "no record in the middle of a trial"
	sync
	emulator reset
	sleep 60
	fail "the machine was not reset"
}

look_at_the_rest() {
	situation="the boot after the reset"
	mount --bind /mnt/undo $UNDO
	grep -q "^vfio-pci vfio-pci$" /mnt/halted || fail "the trial did not have it: $(cat /mnt/halted)"
	cmp "$UNDO/$address" /mnt/record || fail "the record did not survive"
	grep -q "$(cat /proc/sys/kernel/random/boot_id)" /mnt/record && fail "it is the same boot"
	[ "$(driver_of "$address")" = e1000e ] || fail "driver $(driver_of "$address")"
	[ "$(override_of "$address")" = null ] || fail "override $(override_of "$address")"
	iommu-diag list >/tmp/out 2>&1
	grep "$address" /tmp/out
	iommu-diag status || fail "status ended with $?"
	# What the host has done since is its own: another driver, set after the reset.
	bind_to "$address" vfio-pci
	iommu-diag restore >/tmp/out 2>&1 || fail "restore ended with $?"
	cat /tmp/out
	grep -q "another boot" /tmp/out || fail "restore does not say that the record is old"
	[ "$(driver_of "$address")" = vfio-pci ] || fail "an old record has moved the device"
	[ -z "$(records_left)" ] || fail "record left: $(records_left)"
	bind_to "$address" e1000e
	set_override "$address" ""
	settle
	iommu-diag check --trial --json "$address" >/tmp/trial.out 2>&1 ||
		fail "a new trial: $(cat /tmp/trial.out)"
	trials=$((trials + 1))
	is_back "$address" e1000e null
	umount $UNDO
}

if mount -t ext4 "$node" /mnt 2>/dev/null && [ -e /mnt/halted ]; then
	look_at_the_rest
	umount /mnt
else
	begin_and_reset
fi
exit $rc
