# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034,SC2119,SC2120
# Words that scenarios use in Setup, Cleanup, Check and scripts. Sourced, never run.
PCI=/sys/bus/pci/devices
UNDO=/run/iommu-diag/undo
HOSTS=/run/lab-hosts

# Debian's busybox runs its own applets first; module options and soft dependencies need
# kmod.
modprobe() { /sbin/modprobe "$@"; }
insmod() { /sbin/insmod "$@"; }
rmmod() { /sbin/rmmod "$@"; }
depmod() { /sbin/depmod "$@"; }

driver_of() {
	# ADDRESS: the driver's name, none without one
	l=$(readlink "$PCI/$1/driver")
	l=${l##*/}
	echo "${l:-none}"
}

override_of() {
	# ADDRESS: driver_override, null when it is not set
	v=
	[ -e "$PCI/$1/driver_override" ] && read -r v <"$PCI/$1/driver_override"
	case $v in
	"" | "(null)") echo null ;;
	*) echo "$v" ;;
	esac
}

group_of() {
	# ADDRESS: number of the IOMMU group, fails without one
	l=$(readlink "$PCI/$1/iommu_group") && echo "${l##*/}"
}

unbind() {
	# ADDRESS: take it from its driver, fine without one
	[ -e "$PCI/$1/driver" ] || return 0
	echo "$1" >"$PCI/$1/driver/unbind"
}

set_override() {
	# ADDRESS DRIVER: DRIVER may be empty
	echo "$2" >"$PCI/$1/driver_override"
}

bind_to() {
	# ADDRESS DRIVER: bind with driver_override, leaving the override set
	modprobe "$2" 2>/dev/null
	unbind "$1" && set_override "$1" "$2" && echo "$1" >"/sys/bus/pci/drivers/$2/bind"
}

use_driver() {
	# ADDRESS DRIVER MODULE...: its host driver, which boot does not load
	addr=$1
	want=$2
	shift 2
	for m in "$@"; do
		modprobe "$m" || return 1
	done
	[ "$(driver_of "$addr")" = "$want" ] || echo "$addr" >"/sys/bus/pci/drivers/$want/bind"
}

wait_for() {
	# CONDITION: until it holds, 15 s at most
	n=0
	until eval "$1"; do
		[ $n -lt 150 ] || return 1
		usleep 100000
		n=$((n + 1))
	done
}

netdev_of() {
	# ADDRESS: its network interface
	for n in "$PCI/$1"/net/*; do
		[ -e "$n" ] && echo "${n##*/}"
	done
}

blockdev_of() {
	# ADDRESS: its block device's node
	for b in "$PCI/$1"/nvme/nvme*/nvme*n*; do
		b=${b##*/}
		case $b in
		*c[0-9]*n*) b=${b%%c*}n${b##*n} ;; # one path of several: the disk of all
		esac
		[ -b "/dev/$b" ] && echo "/dev/$b" && return 0
	done
	return 1
}

force() {
	# insmod arguments of force_errno.ko: function=.. errno=.. [within=..] [skip=..] ...
	insmod /lab/force_errno.ko "$@"
	: >/run/lab-forced
}

claim_function() {
	# What attaches a device when its group is claimed, of this kernel.
	case $(uname -r) in
	6.1.*) echo intel_iommu_attach_device ;;
	*) echo blocking_domain_attach_dev ;;
	esac
}

emulator() {
	# REQUEST: "reset", or a QMP command; nobody answers, the guest sees what comes of it
	echo "@QMP $1" >/dev/results
}

unplug() {
	# ID: as when somebody presses the slot's button: the kernel is asked to let go
	emulator "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"$1\"}}"
}

plug() {
	# DRIVER ID BUS MORE: MORE is "key":"value",...
	emulator "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"$1\",\"id\":\"$2\",\"bus\":\"$3\",$4}}"
}

make_volume() {
	# DISK: the logical volume lab/data on it, active. Nobody runs udev here.
	modprobe dm_mod
	rm -rf /dev/lab
	set -- "$1" --config 'activation { udev_sync=0 udev_rules=0 verify_udev_operations=0 }
		devices { obtain_device_list_from_udev=0 }'
	lvm pvcreate -q "$@" && disk=$1 && shift &&
		lvm vgcreate -q "$@" -s 1m lab "$disk" && lvm lvcreate -q "$@" -Zn -l 4 -n data lab
}

alloc_function() {
	# What gives VFIO a domain, as an error pointer, of this kernel.
	case $(uname -r) in
	6.12.*) echo iommu_paging_domain_alloc ;;
	*) echo __iommu_paging_domain_alloc_flags ;;
	esac
}

compat_function() {
	# What compares a domain with an Intel IOMMU, of this kernel.
	case $(uname -r) in
	6.12.*) echo prepare_domain_attach_device ;;
	*) echo paging_domain_compatible ;;
	esac
}

hide_behind() {
	# PORT: it forwards configuration accesses to no bus, so that they read all ones
	printf '\000\000' | dd of="$PCI/$1/config" bs=1 seek=25 count=2 conv=notrunc 2>/dev/null
}

show_behind() {
	# PORT: it forwards them again, to the bus that the kernel knows behind it
	bus=$(ls -d "$PCI/$1"/pci_bus/*)
	printf "\\x${bus##*:}\\x${bus##*:}" |
		dd of="$PCI/$1/config" bs=1 seek=25 count=2 conv=notrunc 2>/dev/null
}

rescan_device() {
	# ADDRESS: taken off and found again, which forgets its power management's errors
	set_override "$1" ""
	echo 1 >"$PCI/$1/remove" && echo 1 >/sys/bus/pci/rescan && settle
}

attach_caller() {
	# What contains the first attach of an ordinary domain, of this kernel.
	case $(uname -r) in
	6.1.*) echo iommu_group_claim_dma_owner ;;
	*) echo iommu_attach_group ;;
	esac
}

smmuv3_attach() {
	# The driver's attach function: its address, since SMMUv2's has the same name. The
	# list is sorted, and what only SMMUv3 has comes before it in the same file.
	sort /proc/kallsyms | awk '$3 == "arm_smmu_cmdq_issue_cmdlist" { inside = 1 }
		inside && $3 == "arm_smmu_attach_dev" { print "0x" $1; exit }'
}

hide_module() {
	# NAME...: as if the distribution had not shipped it; pristine brings it back
	for m in "$@"; do
		find /lib/modules -name "$m.ko" -exec mv {} {}.hidden \;
	done
	depmod
}

wait_held() {
	# SECONDS PID: until the process says that it holds what it shall
	n=0
	until grep -q '^holding' /run/lab-holder; do
		n=$((n + 1))
		if [ $n -gt $(($1 * 10)) ] || ! [ -d "/proc/$2" ]; then
			cat /run/lab-holder
			return 1
		fi
		usleep 100000
	done
	cat /run/lab-holder
}

hold_group() {
	# ADDRESS [--attach|--iommufd]: a process that keeps the group's node open; prints its pid
	holder "$@" >/run/lab-holder 2>&1 &
	wait_held 10 $!
}

hold_ids() {
	# ADDRESS: a process that holds all domain ids of this device's IOMMU; prints how many
	idholder "$@" >/run/lab-holder 2>&1 &
	wait_held 390 $!
}

eat_memory() {
	# MIB: fill the tmpfs at /mnt until about so much is available; its umount gives it back
	n=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	dd if=/dev/zero of=/mnt/eaten bs=1M count=$((n / 1024 - $1)) 2>/dev/null
	grep MemAvailable /proc/meminfo
}

settle() {
	# Wait until host drivers have finished with their devices (disks, interfaces).
	n=0
	while [ $n -lt 100 ]; do
		busy=
		for d in "$PCI"/*; do
			a=${d##*/}
			case $(driver_of "$a") in
			nvme) [ -e "$d/physfn" ] || blockdev_of "$a" >/dev/null || busy=1 ;;
			e1000e | e1000 | 8139cp) [ -n "$(netdev_of "$a")" ] || busy=1 ;;
			esac
		done
		[ -z "$busy" ] && return 0
		usleep 100000
		n=$((n + 1))
	done
	return 1
}

records_left() {
	# Undo records, by path; hidden files there are locks
	find $UNDO -type f ! -name '.*' 2>/dev/null
}

wipe_disks() {
	# What a scenario wrote at the beginning of a disk would be somebody's data in the next.
	for b in /sys/class/block/*; do
		b=${b##*/}
		case $b in
		nvme*c*n*) continue ;;
		nvme*n* | sd*) ;;
		*) continue ;;
		esac
		[ -b "/dev/$b" ] && dd if=/dev/zero of="/dev/$b" bs=65536 count=16 \
			conv=notrunc,fsync 2>/dev/null
	done
}

remember_hosts() {
	# The state after boot: every scenario starts and must end here.
	for d in "$PCI"/*; do
		echo "${d##*/} $(driver_of "${d##*/}")"
	done >$HOSTS
}

traces_left() {
	# Probes and instances of ours in tracefs, and the records that name them
	grep -s ':iommu_diag_' /sys/kernel/tracing/kprobe_events
	find /sys/kernel/tracing/instances -maxdepth 1 -name 'iommu-diag-*' 2>/dev/null
	find $UNDO -name '.trace-*' 2>/dev/null
}

pristine() {
	# Back to the state after boot, whatever a scenario left. Prints what it cannot undo.
	rmmod force_errno 2>/dev/null
	for p in $(cat /run/lab-pids 2>/dev/null) $(pidof holder); do
		kill -9 "$p" 2>/dev/null
	done
	n=0
	while pidof holder iommu-diag >/dev/null && [ $n -lt 50 ]; do
		usleep 100000
		n=$((n + 1))
	done
	rm -f /run/lab-pids /run/lab-holder /run/lab-forced
	swapoff -a 2>/dev/null
	umount /mnt 2>/dev/null
	wipe_disks
	for d in "$PCI"/*; do
		[ -e "$d/sriov_numvfs" ] && [ "$(cat "$d/sriov_numvfs")" != 0 ] &&
			echo 0 >"$d/sriov_numvfs"
	done
	hidden=$(find /lib/modules -name '*.hidden')
	for f in $hidden; do
		mv "$f" "${f%.hidden}"
	done
	[ -z "$hidden" ] || depmod
	while read -r a want; do
		[ -e "$PCI/$a" ] || {
			echo "not pristine: $a is gone"
			continue
		}
		[ "$(override_of "$a")" = null ] || set_override "$a" ""
		[ "$(driver_of "$a")" = "$want" ] && continue
		unbind "$a"
		[ "$want" = none ] || echo "$a" >"/sys/bus/pci/drivers/$want/bind"
		[ "$(driver_of "$a")" = "$want" ] ||
			echo "not pristine: $a on $(driver_of "$a"), not $want"
	done <$HOSTS
	for m in vfio_pci vfio_pci_core vfio_virqfd vfio_iommu_type1 vfio iommufd pci_stub irqbypass; do
		[ -d "/sys/module/$m" ] && [ -e "/sys/module/$m/initstate" ] &&
			{ rmmod "$m" || echo "not pristine: $m stays loaded"; }
	done
	for i in /sys/class/net/*; do
		i=${i##*/}
		[ "$i" = lo ] && continue
		ip addr flush dev "$i" 2>/dev/null
		ip link set "$i" down 2>/dev/null
	done
	left=$(traces_left)
	[ -z "$left" ] || echo "not pristine: $left"
	rm -rf /run/iommu-diag
	settle || echo "not pristine: a host driver has no disk or interface"
}

ping_through() {
	# ADDRESS: the interface comes up and the emulator's gateway answers. An interface that
	# has an address already keeps it and stays up.
	dev=$(netdev_of "$1")
	[ -n "$dev" ] || { echo "$1: no interface"; return 1; }
	kept=$(ip addr show dev "$dev" | grep 'inet 10.0.2.')
	ip link set "$dev" up || return 1
	[ -n "$kept" ] || ip addr add 10.0.2.15/24 dev "$dev" || return 1
	n=0
	until [ "$(cat "/sys/class/net/$dev/carrier")" = 1 ] || [ $n -gt 200 ]; do
		usleep 50000
		n=$((n + 1))
	done
	n=0
	rc=1
	while [ $rc != 0 ] && [ $n -lt 5 ]; do
		ping -c 1 -W 1 -I "$dev" 10.0.2.2 >/dev/null 2>&1 && rc=0
		n=$((n + 1))
	done
	[ -n "$kept" ] || { ip addr flush dev "$dev" && ip link set "$dev" down; }
	[ $rc = 0 ] || echo "$1: no answer to ping through $dev"
	return $rc
}

read_block() {
	# ADDRESS: the pattern near the end of its disk, past the page cache
	dev=$(blockdev_of "$1") || { echo "$1: no block device"; return 1; }
	got=$(dd if="$dev" bs=4096 skip=3072 count=1 iflag=direct 2>/dev/null | head -c 16)
	[ "$got" = "iommu-diag-lab-1" ] || { echo "$1: $dev reads '$got'"; return 1; }
}

works() {
	# ADDRESS: does the device do its work through its host driver? 0 without a host driver.
	case $(driver_of "$1") in
	e1000e | e1000 | 8139cp) ping_through "$1" ;;
	nvme) [ -e "$PCI/$1/physfn" ] || read_block "$1" ;;
	esac
}
