#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# explain_here.sh VERDICT CONFIDENCE HERE TEXT...: what QEMU or libvirt print on a host that is
# broken in this way; `explain --here` must name it first. GROUP in the text: that of its device.
verdict=$1 confidence=$2 here=$3
shift 3
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
device=$(echo "$*" | grep -o '0000:[0-9a-f:]*\.[0-7]' | head -n 1)
group=$(group_of "$device")
text=$(echo "$*" | sed "s/GROUP/${group:-N}/g")
iommu-diag explain --here --json "$text" >/tmp/here.json
status=$?
cat /tmp/here.json
first=$(sed 's/^.*"findings":\[{\([^]]*\).*$/\1/' /tmp/here.json)
rc=0
case $first in
*"\"verdict\":\"$verdict\",\"confidence\":\"$confidence\""*) ;;
*) echo "the first finding is not $verdict ($confidence)" && rc=1 ;;
esac
grep -o '"verdict":"'"$verdict"'".*' /tmp/here.json | grep -o '"here":[a-z"-]*' | head -n 1 |
	grep -qx "\"here\":\"$here\"" || { echo "it is not $here"; rc=1; }
[ $status = 0 ] || { echo "exit status $status"; rc=1; }
exit $rc
