#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# oracle.sh STEP ERRNO [-i IOVA] ADDRESS [ALSO...]: the first step that fails, by plain ioctls, must
# be STEP with ERRNO. "all 0" for a trial without a failure.
step=$1
errno=$2
shift 2
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
modprobe vfio-pci
if ! oracle "$@" >/tmp/oracle.out; then
	cat /tmp/oracle.out
	echo "oracle could not put the devices back"
	exit 1
fi
cat /tmp/oracle.out
got=$(awk '$1 ~ /\./ && $2 != "0" { print $1, $2; exit }' /tmp/oracle.out)
last=$(awk '$1 ~ /\./ { s = $1 } END { print s }' /tmp/oracle.out)
[ -z "$got" ] && [ "$last" = container.unmap_dma ] && got="all 0"
if [ "$got" != "$step $errno" ]; then
	echo "expected $step $errno, got ${got:-nothing} (last step $last)"
	exit 1
fi
