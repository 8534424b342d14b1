# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# Sourced by the tests of this folder: small captured trees for --root, and what is expected of
# a run. Every test ends with `finish`.

set -u

program=${top_builddir:-.}/iommu-diag
case $program in
/*) ;;
*) program=$(pwd)/$program ;;
esac
if [ ! -x "$program" ]; then
	echo "$program is missing" >&2
	exit 99
fi
# A locale or a terminal of the caller must not decide.
LC_ALL=C
export LC_ALL
unset NO_COLOR

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0
tests_run=0

# run WORD... : runs the program; $status, $scratch/out and $scratch/err hold what came.
run()
{
	"$program" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	status=$?
	command_line="iommu-diag $*"
}

complain()
{
	failures=$((failures + 1))
	echo "FAIL: $command_line: $*" >&2
	sed 's/^/  out: /' "$scratch/out" | head -n 60 >&2
	sed 's/^/  err: /' "$scratch/err" | head -n 20 >&2
}

# expect_status N : the exit status of the last run.
expect_status()
{
	tests_run=$((tests_run + 1))
	[ "$status" = "$1" ] || complain "exit status $status, expected $1"
}

# expect_out TEXT, expect_err TEXT : the text stands in that stream.
expect_out()
{
	tests_run=$((tests_run + 1))
	grep -qF -e "$1" "$scratch/out" || complain "standard output lacks '$1'"
}

expect_no_out()
{
	tests_run=$((tests_run + 1))
	! grep -qF -e "$1" "$scratch/out" || complain "standard output has '$1'"
}

expect_err()
{
	tests_run=$((tests_run + 1))
	grep -qF -e "$1" "$scratch/err" || complain "standard error lacks '$1'"
}

expect_empty_out()
{
	tests_run=$((tests_run + 1))
	[ ! -s "$scratch/out" ] || complain "standard output is not empty"
}

# expect_json EXPRESSION : standard output is one JSON document d, and the Python expression
# holds for it.
expect_json()
{
	tests_run=$((tests_run + 1))
	python3 -c '
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
sys.exit(0 if eval(sys.argv[2]) else 1)
' "$scratch/out" "$1" 2>>"$scratch/err" || complain "the document does not fulfil: $1"
}

finish()
{
	echo "$tests_run expectations, $failures failed"
	[ "$failures" = 0 ] && [ "$tests_run" -gt 0 ]
	exit
}

# put PATH TEXT : a file below the tree.
put()
{
	mkdir -p "$tree/${1%/*}"
	printf '%s\n' "$2" >"$tree/$1"
}

# tree_new NAME : a host with a kernel and modules, but no IOMMU and no device.
tree_new()
{
	tree=$scratch/$1
	release=6.12.107-test
	mkdir -p "$tree/sys/bus/pci/devices" "$tree/sys/bus/pci/drivers" \
		"$tree/sys/class/iommu" "$tree/sys/class/vfio" \
		"$tree/sys/class/net" "$tree/sys/class/block" "$tree/sys/class/graphics" \
		"$tree/sys/class/drm" \
		"$tree/sys/kernel/iommu_groups" "$tree/sys/firmware/acpi/tables" \
		"$tree/sys/module" "$tree/dev" "$tree/run" "$tree/etc/modprobe.d" \
		"$tree/proc"
	put proc/sys/kernel/osrelease "$release"
	put iommu-diag/architecture x86_64
	put proc/cmdline "BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet"
	put proc/interrupts "            CPU0
  24:          1  IR-PCI-MSI-0000:00:03.0    0-edge      nvme0q0"
	put proc/meminfo "MemTotal:       16000000 kB
MemAvailable:   12000000 kB"
	put proc/swaps "Filename				Type		Size		Used		Priority"
	put proc/self/mountinfo "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw"
	put "lib/modules/$release/modules.builtin" kernel/drivers/block/loop.ko
	put "lib/modules/$release/modules.dep" "kernel/drivers/vfio/vfio.ko:
kernel/drivers/vfio/pci/vfio-pci-core.ko: kernel/drivers/vfio/vfio.ko
kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/pci/vfio-pci-core.ko
kernel/drivers/vfio/vfio_iommu_type1.ko: kernel/drivers/vfio/vfio.ko"
	for module in vfio pci/vfio-pci-core pci/vfio-pci vfio_iommu_type1; do
		put "lib/modules/$release/kernel/drivers/vfio/$module.ko" ""
	done
	put "lib/modules/$release/modules.alias" "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci"
	# What a kernel with the core rule and a static blocking domain shows.
	put proc/kallsyms "0000000000000000 T iommu_attach_group
0000000000000000 t __iommu_device_set_domain
0000000000000000 t blocking_domain_attach_dev"
}

# tree_iommu : an Intel IOMMU that is on, with its firmware table.
tree_iommu()
{
	mkdir -p "$tree/sys/devices/virtual/iommu/dmar0/devices"
	ln -s ../../devices/virtual/iommu/dmar0 "$tree/sys/class/iommu/dmar0"
	tree_dmar
}

# tree_dmar : a DMAR table with one unit that includes every device.
tree_dmar()
{
	python3 - "$tree/sys/firmware/acpi/tables/DMAR" <<'PYTHON'
import struct, sys

unit = struct.pack("<HHBBHQ", 0, 16, 1, 0, 0, 0xfed90000)
length = 48 + len(unit)
head = b"DMAR" + struct.pack("<IBB", length, 1, 0) + b"TESTS " + b"IOMMUDIA"
head += struct.pack("<I4sI", 1, b"TEST", 1) + struct.pack("<BB10x", 38, 1)
table = bytearray(head + unit)
table[9] = -sum(table) & 0xff
open(sys.argv[1], "wb").write(table)
PYTHON
}

# tree_device ADDRESS CLASS VENDOR DEVICE DRIVER GROUP : a function; "-" for no driver or group.
tree_device()
{
	folder=sys/devices/pci0000:00/$1
	mkdir -p "$tree/$folder"
	ln -s "../../../devices/pci0000:00/$1" "$tree/sys/bus/pci/devices/$1"
	ln -s ../../../bus/pci "$tree/$folder/subsystem"
	code=$(printf %06x $((0x$2)))
	if [ "$5" != - ]; then
		mkdir -p "$tree/sys/bus/pci/drivers/$5"
		ln -s "../../../bus/pci/drivers/$5" "$tree/$folder/driver"
	fi
	put "$folder/modalias" "$(modalias "$code" "$3" "$4")"
	put "$folder/class" "0x$code"
	put "$folder/vendor" "0x$3"
	put "$folder/device" "0x$4"
	put "$folder/revision" 0x03
	put "$folder/driver_override" "(null)"
	put "$folder/reset_method" flr
	put "$folder/power_state" D0
	mkdir -p "$tree/$folder/power"
	put "$folder/power/control" on
	tree_config "$tree/$folder/config" "$2" "$3" "$4"
	[ "$6" = - ] || tree_group "$1" "$6"
}

# modalias CLASS VENDOR DEVICE: as the kernel prints it, with capital digits.
modalias()
{
	printf 'pci:v0000%sd0000%ssv00000000sd00000000bc%ssc%si%s\n' "$(capitals "$2")" \
		"$(capitals "$3")" "$(capitals "$1" | cut -c1-2)" \
		"$(capitals "$1" | cut -c3-4)" "$(capitals "$1" | cut -c5-6)"
}

capitals()
{
	printf '%s\n' "$1" | tr a-f A-F
}

# Configuration space: ids, class and header type (1 for PCI bridges), the rest zero.
tree_config()
{
	python3 - "$@" <<'PYTHON'
import struct, sys

path, code, vendor, device = sys.argv[1], *(int(word, 16) for word in sys.argv[2:])
space = bytearray(256)
struct.pack_into("<HH", space, 0, vendor, device)
struct.pack_into("<I", space, 8, code << 8 | 3)
space[14] = 1 if code >> 8 == 0x0604 else 0
open(path, "wb").write(space)
PYTHON
}

tree_group()
{
	group=sys/kernel/iommu_groups/$2
	mkdir -p "$tree/$group/devices"
	ln -s "../../../kernel/iommu_groups/$2" "$tree/sys/devices/pci0000:00/$1/iommu_group"
	ln -s "../../../../devices/pci0000:00/$1" "$tree/$group/devices/$1"
	put "$group/type" DMA-FQ
	[ -e "$tree/$group/reserved_regions" ] ||
		put "$group/reserved_regions" "0x00000000fee00000 0x00000000feefffff msi"
	[ ! -d "$tree/sys/devices/virtual/iommu/dmar0" ] ||
		ln -s ../../virtual/iommu/dmar0 "$tree/sys/devices/pci0000:00/$1/iommu"
}

# tree_express ADDRESS TYPE ACS CONTROL : a PCI Express function; ACS "-": it has no such capability.
tree_express()
{
	python3 - "$tree/sys/bus/pci/devices/$1/config" "$2" "$3" "$4" <<'PYTHON'
import struct, sys

path, kind, acs, control = sys.argv[1:]
space = bytearray(open(path, "rb").read()[:256].ljust(4096, b"\0"))
space[0x06] = 0x10
space[0x34] = 0x40
struct.pack_into("<BBH", space, 0x40, 0x10, 0, int(kind, 16) << 4 | 2)
if acs != "-":
    struct.pack_into("<IHH", space, 0x100, 0x0001000d, int(acs, 16), int(control, 16))
open(path, "wb").write(space)
PYTHON
}

# tree_below ADDRESS PORT GROUP : moves the function, of that group, below the port.
tree_below()
{
	rm "$tree/sys/bus/pci/devices/$1"
	mv "$tree/sys/devices/pci0000:00/$1" "$tree/sys/devices/pci0000:00/$2/$1"
	ln -s "../../../devices/pci0000:00/$2/$1" "$tree/sys/bus/pci/devices/$1"
	rm "$tree/sys/devices/pci0000:00/$2/$1/iommu_group"
	ln -s "../../../../kernel/iommu_groups/$3" "$tree/sys/devices/pci0000:00/$2/$1/iommu_group"
}

# tree_record ADDRESS VENDOR DEVICE GROUP DRIVER : the undo record of a trial.
tree_record()
{
	put "run/iommu-diag/undo/$1" "iommu-diag-undo 1
boot-id 01234567-89ab-cdef-0123-456789abcdef
address $1
ids $2:$3
group $4
driver $5
driver-override (null)
power-control on
trial-driver vfio-pci
worker 4242 123456
end"
}
