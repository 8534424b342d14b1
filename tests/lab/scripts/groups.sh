#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# groups.sh [VIRTUAL-FUNCTIONS-OF]: what `group` derives from the topology must be every group that
# the kernel made, with virtual functions too where an address is given; and one function must
# have been taken for a member of every group that has any.
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh

# compare WHEN: every group as the topology tells.
compare()
{
	iommu-diag group --all --json=pretty >/tmp/groups.json || {
		echo "$1: iommu-diag group --all failed"
		iommu-diag group --all
		return 1
	}
	made=$(find /sys/kernel/iommu_groups -mindepth 1 -maxdepth 1 | wc -l)
	told=$(grep -c '"as_predicted": *true' /tmp/groups.json)
	members=$(find /sys/kernel/iommu_groups -path '*/devices/*' | wc -l)
	listed=$(grep -c '"kind":' /tmp/groups.json)
	echo "$1: $made groups, $told as the topology tells; $members members, $listed explained"
	[ "$made" -gt 0 ] && [ "$made" = "$told" ] && [ "$members" = "$listed" ] && return
	iommu-diag group --all
	return 1
}

compare "at boot" || exit 1
[ -n "$1" ] || exit 0
numvfs=/sys/bus/pci/devices/$1/sriov_numvfs
echo 2 >"$numvfs" || exit 1
compare "with virtual functions"
result=$?
echo 0 >"$numvfs" || exit 1
exit $result
