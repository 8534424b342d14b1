#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The hook as libvirt calls it, on captured trees: what it says, when it stops a start, and that
# no fault of it does. What it would write to the journal goes to standard error here.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

uuid=b6a11c3e-3f5d-4a2c-9a53-0d7ac6bb5a11
config=$scratch/hook.conf

# definition SLOT... : of a guest that takes these functions.
definition()
{
	echo "<domain type='kvm' id='1'><name>vm</name><uuid>$uuid</uuid>"
	echo "<memory unit='MiB'>512</memory>"
	echo "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices>"
	for slot in "$@"; do
		echo "<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/>"
		echo "<source><address domain='0x0000' bus='0x00' slot='0x$slot'"
		echo "function='0x0'/></source><alias name='hostdev0'/></hostdev>"
	done
	echo "</devices></domain>"
}

# hook OPERATION SUB EXTRA : with the definition in $scratch/xml.
hook()
{
	"$program" libvirt-hook --root="$tree" --config="$config" --state="$scratch/state/starts" \
		--logs="$scratch/logs" vm "$@" <"$scratch/xml" >"$scratch/out" 2>"$scratch/err"
	status=$?
	command_line="libvirt-hook vm $*"
}

# says STATUS TEXT : nothing on standard output, which libvirt takes for a definition.
says()
{
	expect_status "$1"
	expect_err "$2"
	expect_empty_out
}

# silent : the start goes on and nobody is told anything.
silent()
{
	expect_status 0
	expect_empty_out
	tests_run=$((tests_run + 1))
	[ ! -s "$scratch/err" ] || complain "standard error is not empty"
}

tree_new host
tree_iommu
tree_device 0000:00:03.0 020000 8086 10d3 e1000e 3
tree_device 0000:00:04.0 020000 8086 10d3 e1000e 4
tree_device 0000:00:05.0 020000 8086 10d3 e1000e 5
tree_device 0000:00:05.1 010802 144d a808 nvme 5
put sys/devices/virtual/iommu/dmar0/intel-iommu/cap d2008c40260206
put sys/kernel/iommu_groups/4/reserved_regions \
	"0x000000007d000000 0x000000007d7fffff direct"
echo "log=stderr" >"$config"
mkdir -p "$scratch/logs"

# mode=log, the default: told, and started.
definition 03 >"$scratch/xml"
hook prepare begin -
says 0 "domain vm: 0000:00:03.0: assignable (likely)"
definition 03 04 >"$scratch/xml"
hook prepare begin -
says 0 "domain vm: 0000:00:04.0: firmware-reserved-memory (certain)"
tests_run=$((tests_run + 1))
! grep -q "^iommu-diag: " "$scratch/err" || complain "mode=log gives a reason to stop"

# mode=block: what is certain stops the start, what is likely does not.
printf 'mode = block\nlog=stderr\n' >"$config"
hook prepare begin -
says 17 "iommu-diag: 0000:00:04.0: firmware-reserved-memory: "
tests_run=$((tests_run + 1))
[ "$(grep -c "^iommu-diag: " "$scratch/err")" = 1 ] || complain "not one reason"
definition 05 >"$scratch/xml"
hook prepare begin -
says 0 "domain vm: 0000:00:05.0: group-not-viable (likely)"
# With the journal as the log, the reason alone is left for libvirt's error.
echo "mode=block" >"$config"
definition 04 >"$scratch/xml"
hook prepare begin -
says 17 "iommu-diag: 0000:00:04.0: firmware-reserved-memory: "
tests_run=$((tests_run + 1))
[ "$(wc -l <"$scratch/err")" = 1 ] || complain "more than the reason"

# Only the start of a guest is looked at, and only one that gets devices.
for words in "start begin -" "stopped end -" "reconnect begin -" "migrate begin -" \
	"restore begin -" "attach begin -" "prepare end -"; do
	# shellcheck disable=SC2086 # three words
	hook $words
	silent
done
definition >"$scratch/xml"
echo "log=stderr" >"$config"
hook prepare begin -
silent

# Our faults: no definition, none that can be read, no device, no tree, no configuration.
printf 'mode=block\nlog=stderr\n' >"$config"
echo "<domain><name>vm</title>" >"$scratch/xml"
hook prepare begin -
says 0 "the definition could not be read"
: >"$scratch/xml"
hook prepare begin -
says 0 "the definition could not be read"
definition 1e >"$scratch/xml"
hook prepare begin -
says 0 "0000:00:1e.0: there is no such device on this host; the start goes on"
definition 04 >"$scratch/xml"
"$program" libvirt-hook --root="$tree" --config="$config" vm prepare begin - <&- \
	>"$scratch/out" 2>"$scratch/err"
status=$?
says 0 "the definition could not be read"
"$program" libvirt-hook --root="$scratch/nothing" --config="$config" vm prepare begin - \
	<"$scratch/xml" >"$scratch/out" 2>"$scratch/err"
status=$?
silent
printf 'mode=stop\nlog=stderr\nmodus=block\nnonsense\n' >"$config"
hook prepare begin -
says 0 "hook.conf:1: 'mode=stop' is ignored; expected log or block"
expect_err "hook.conf:3: 'modus=block' is ignored; expected the keys mode and log"
expect_err "hook.conf:4: 'nonsense' is not key=value"
rm "$config"
hook prepare begin -
silent

# A definition that never ends, and one whose end is not near: the deadline.
echo "mode=block" >"$config"
mkfifo "$scratch/pipe"
sleep 20 >"$scratch/pipe" &
writer=$!
began=$(date +%s%N)
"$program" libvirt-hook --root="$tree" --config="$config" vm prepare begin - <"$scratch/pipe" \
	>"$scratch/out" 2>"$scratch/err"
status=$?
took=$((($(date +%s%N) - began) / 1000000))
kill "$writer"
silent
tests_run=$((tests_run + 1))
[ "$took" -lt 1500 ] || complain "took $took ms"

# A file that hangs: a pipe that nobody writes to stands for it.
definition 04 >"$scratch/xml"
rm "$config"
mkfifo "$config"
began=$(date +%s%N)
hook prepare begin -
took=$((($(date +%s%N) - began) / 1000000))
silent
tests_run=$((tests_run + 1))
[ "$took" -lt 1500 ] || complain "took $took ms"
rm "$config"

# A start that failed: QEMU's own words, of this start only; newer libvirt says that it failed.
echo "log=stderr" >"$config"
cat >"$scratch/logs/vm.log" <<'LOG'
2026-11-20 10:00:00.000+0000: starting up libvirt version: 9.0.0, qemu version: 7.2.0
qemu-system-x86_64: vfio 0000:00:03.0: group 3 is not viable
2026-11-20 10:05:00.000+0000: starting up libvirt version: 9.0.0, qemu version: 7.2.0
qemu-system-x86_64: -device vfio-pci,host=0000:00:03.0: vfio 0000:00:03.0: failed to setup container for group 3: Failed to set group container: Cannot allocate memory
qemu-system-x86_64: -device vfio-pci,host=0000:00:03.0: VFIO_MAP_DMA failed: Cannot allocate memory
LOG
definition 03 >"$scratch/xml"
hook release end failed
says 0 "domain vm did not start: memlock-limit"
tests_run=$((tests_run + 1))
! grep -q group-not-viable "$scratch/err" || complain "an older start is explained"
hook release end shutdown
silent
hook release end destroyed
silent
rm "$scratch/logs/vm.log"
hook release end failed
says 0 "QEMU's log does not say why"
expect_err "0000:00:03.0: assignable"
# libvirt 9 gives no reason: a start that began and never was over has failed.
hook release end -
silent
hook prepare begin -
hook release end -
says 0 "domain vm did not start"
hook prepare begin -
hook started begin -
silent
hook release end -
silent
tests_run=$((tests_run + 1))
[ -z "$(ls "$scratch/state/starts")" ] || complain "a note is left"

# The words of a call that is none of libvirt's.
run libvirt-hook vm prepare
expect_status 2
expect_empty_out
run libvirt-hook --config=x vm prepare
expect_status 2
# A guest may have any name; the four words of libvirt hold no option.
run libvirt-hook --help prepare end -
silent

finish
