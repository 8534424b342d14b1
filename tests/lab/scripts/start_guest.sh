#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# start_guest.sh qemu|libvirt ADDRESS VERDICT: a real start of a guest with the device, paused.
# What the program prints goes through `explain --here`, which must name VERDICT first; "starts":
# the guest must start.
with=$1 address=$2 wanted=$3
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
root=/mnt/hypervisor
text=/tmp/start.text

enter() {
	mkdir -p $root
	modprobe ext2 2>/dev/null || modprobe ext4
	mount -t ext2 /dev/vda $root 2>/dev/null || mount -t ext4 /dev/vda $root || exit 1
	for folder in proc sys dev run tmp; do
		mount --bind /$folder $root/$folder || exit 1
	done
}

# The device goes back to the driver that it had, whatever was started.
give_back() {
	[ "$(driver_of "$address")" = "$before" ] && return
	unbind "$address"
	set_override "$address" ""
	echo "$address" >/sys/bus/pci/drivers_probe
}

leave() {
	for folder in tmp run dev sys proc; do
		umount $root/$folder
	done
	umount $root
}

inside() {
	PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot $root "$@"
}

# As an administrator would: the device and its group's mates on vfio-pci beforehand, then QEMU.
start_qemu() {
	modprobe vfio-pci
	[ "$(driver_of "$address")" = vfio-pci ] || bind_to "$address" vfio-pci >>$text 2>&1
	echo quit | inside qemu-system-x86_64 -machine q35 -accel tcg -m 64 -nodefaults \
		-display none -S -monitor stdio -device vfio-pci,host="$address" >>$text 2>&1
}

# libvirt moves the device itself (managed='yes'). Its node /dev/vfio/vfio is static elsewhere.
start_libvirt() {
	modprobe vfio-pci
	slot=${address#*:*:}
	sed "s/bus='0x00'/bus='0x$(echo "$address" | cut -d: -f2)'/
s/slot='0x03'/slot='0x${slot%.*}'/; s/function='0x0'/function='0x${address#*.}'/" \
		$root/vm.xml >/tmp/vm.xml
	inside libvirtd -d >/dev/null 2>&1
	tries=0
	until [ -S /run/libvirt/libvirt-sock ] && inside virsh -c qemu:///system uri >/dev/null 2>&1
	do
		tries=$((tries + 1))
		[ $tries -lt 60 ] || { echo "libvirtd never answered" && return 1; }
		sleep 1
	done
	inside virsh -c qemu:///system define /tmp/vm.xml >/dev/null 2>>$text
	inside virsh -c qemu:///system start vm --paused >>$text 2>&1
	status=$?
	inside virsh -c qemu:///system destroy vm >/dev/null 2>&1
	inside virsh -c qemu:///system undefine vm >/dev/null 2>&1
	killall libvirtd
	while pidof libvirtd >/dev/null; do sleep 0.2; done
	return $status
}

: >$text
before=$(driver_of "$address")
enter
"start_$with"
status=$?
give_back
leave
echo "== $with said (status $status):"
tr -d '\033' <$text | sed 's/\[[KD]//g'
if [ "$wanted" = starts ]; then
	[ $status = 0 ]
	exit
fi
echo "== explain --here:"
iommu-diag explain --here --file=$text
iommu-diag explain --here --json --file=$text >/tmp/start.json
first=$(grep -o '"verdict":"[a-z-]*"' /tmp/start.json | head -n 1)
if [ "$first" != "\"verdict\":\"$wanted\"" ]; then
	echo "the first finding is $first, not $wanted"
	exit 1
fi
