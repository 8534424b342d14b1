#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill.sh worker|client ADDRESS [iommufd]: SIGKILL in every step of a trial, or in every step
# that claims, attaches and maps through iommufd alone, one trial per step;
# after each of them `iommu-diag restore` must bring back driver and override and leave no
# record. The kill comes from the kernel, while the worker is inside the step's own
# function: the step is done, and the process dies before it sees the answer.
who=$1
devices=$2
path=${3:-auto}
# shellcheck source=tests/lab/scripts/kill_words.sh
. /lab/scripts/kill_words.sh
case $who in
worker) kill=1 ;;
client) kill=2 ;;
*) exit 2 ;;
esac
modprobe vfio-pci
remember_state

case $path in
iommufd)
	modprobe iommufd
	functions="iommufd_fops_open vfio_device_fops_cdev_open vfio_device_fops_unl_ioctl
		iommufd_fops_ioctl"
	;;
*)
	functions="$(override_function) device_driver_detach device_driver_attach vfio_fops_open
		vfio_group_fops_open vfio_group_fops_unl_ioctl vfio_fops_unl_ioctl
		vfio_device_fops_unl_ioctl"
	;;
esac
for function in $functions; do
	skip=0
	while [ $skip -lt 12 ] && kill_once --path="$path" "$devices"; do
		skip=$((skip + 1))
	done
	[ $skip -gt 0 ] || fail "the trial never called it"
	check_state
done
echo "$kills kills"
[ $kills -ge 12 ] || { echo "too few kills"; rc=1; }
exit $rc
