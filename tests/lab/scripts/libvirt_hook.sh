#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# libvirt_hook.sh MODE DOMAIN STATUS VERDICT: the hook called as libvirt calls it (its environment,
# its words, the definition on standard input), from where it is enabled. It must end with STATUS
# within a second, and name VERDICT.
mode=$1 domain=$2 wanted=$3 verdict=$4
hooks=/etc/libvirt/hooks/qemu.d
mkdir -p $hooks /etc/iommu-diag
# The one command of the manual page.
ln -sf /usr/libexec/iommu-diag/libvirt-hook $hooks/50-iommu-diag
printf 'mode=%s\nlog=stderr\n' "$mode" >/etc/iommu-diag/libvirt-hook.conf
began=$(cut -d' ' -f1 /proc/uptime)
env -i LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin $hooks/50-iommu-diag "$domain" prepare begin - \
	<"/lab/domains/$domain.xml" >/tmp/hook.out 2>/tmp/hook.err
status=$?
ended=$(cut -d' ' -f1 /proc/uptime)
cat /tmp/hook.err
rc=0
[ $status = "$wanted" ] || { echo "exit status $status, not $wanted"; rc=1; }
[ ! -s /tmp/hook.out ] || { echo "it wrote to standard output"; rc=1; }
grep -q "$verdict" /tmp/hook.err || { echo "no word of $verdict"; rc=1; }
if [ "$wanted" = 1 ]; then
	grep -q "^iommu-diag: 0000:00:03.0: $verdict: " /tmp/hook.err || { echo "no reason"; rc=1; }
fi
awk "BEGIN {exit !($ended - $began <= 1.0)}" || { echo "it took from $began to $ended"; rc=1; }
rm -rf /etc/libvirt /etc/iommu-diag /run/iommu-diag
exit $rc
