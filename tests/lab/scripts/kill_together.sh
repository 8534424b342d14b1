#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill_together.sh ADDRESS ADDRESS: as kill.sh, the worker of the joint trial, which follows the
# trials of each device alone: what these call is skipped.
devices="$*"
kill=1
# shellcheck source=tests/lab/scripts/kill_words.sh
. /lab/scripts/kill_words.sh
modprobe vfio-pci
modprobe iommufd 2>/dev/null
iommufd=
[ -e /dev/iommu ] && iommufd="iommufd_fops_ioctl vfio_device_fops_unl_ioctl"
remember_state

for function in $(override_function) device_driver_detach device_driver_attach \
	vfio_group_fops_unl_ioctl $iommufd; do
	alone=$(calls_of "$@") || fail "no probe"
	skip=$alone
	while [ "$skip" -lt $((alone + 3)) ] && kill_once --together "$@"; do
		[ "$status" = 0 ] || grep -q '"together":{"outcome":"unknown"' /tmp/trial.out ||
			fail "check says $(cat /tmp/trial.out)"
		skip=$((skip + 1))
	done
	[ "$skip" -gt "$alone" ] || fail "the joint trial never called it"
	check_state
done
echo "$kills kills"
[ $kills -ge 8 ] || { echo "too few kills"; rc=1; }
exit $rc
