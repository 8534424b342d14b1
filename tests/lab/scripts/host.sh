#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# host.sh STATUS ID=LEVEL...: `host` ends with STATUS, and every check ID is LEVEL somewhere.
wanted=$1
shift
iommu-diag host
iommu-diag host --json >/tmp/host.json
status=$?
rc=0
[ $status = "$wanted" ] || { echo "exit status $status, expected $wanted"; rc=1; }
for word; do
	grep -q "\"id\":\"${word%%=*}\",\"level\":\"${word#*=}\"" /tmp/host.json ||
		{ echo "no check ${word%%=*} is ${word#*=}"; rc=1; }
done
exit $rc
