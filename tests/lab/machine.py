# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machine files, and QEMU run from them with a deadline.

machines/NAME.machine, Key: value lines (repeatable):
  Title        what this machine is for
  Arch         amd64 (default) or arm64
  Machine      more properties of the QEMU machine
  Qemu         the suite whose QEMU it needs; absent: the host's own
  Firmware     uefi: arm64 boots with ACPI tables, not with a device tree
  Iommu        QEMU device of the IOMMU; absent: none
  Append       kernel command line
  Memory       MiB (512)
  Device       any -device
  Net          NIC model and its properties; gets a user network of its own
  Disk         the same for a disk, which holds a known pattern
  Namespace    properties of an nvme-ns with such a disk
  Dmar         directive for dmar.patch
  Ivrs         directive for ivrs.patch
  Iort         directive for iort.patch
  Dsdt         directive for dsdt.patch
  Tree         directive for devicetree.patch
"""
import base64
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

import devicetree
import dmar
import dsdt
import emulator
import iort
import ivrs
from cpio import Archive
from image import base, overlay
from kernels import KERNELS, kernel
from labcache import LAB, LabError, digest, entry, note
from qmp import ask

KEYS = {"Title", "Iommu", "Append", "Device", "Net", "Disk", "Namespace", "Dmar",
        "Ivrs", "Iort", "Dsdt", "Machine", "Arch", "Memory", "Qemu", "Firmware",
        "Tree"}
# architecture -> QEMU machine and processor
PLATFORM = {"amd64": ("q35,kernel-irqchip=split", "max"),
            "arm64": ("virt,gic-version=3", "cortex-a57")}
PATCHES = {"Dmar": dmar.patch, "Ivrs": ivrs.patch, "Iort": iort.patch,
           "Dsdt": dsdt.patch}
HYPERVISOR_MEMORY = "1024"
PATTERN = b"iommu-diag-lab-1"
DISK_SIZE = 16 << 20
PATTERN_AT = 12 << 20    # where neither a file system nor swap writes by itself


class Machine:
    """One parsed machine file."""

    def __init__(self, name):
        self.name = name
        self.path = pathlib.Path(LAB, "machines", f"{name}.machine")
        self.lines = []
        if not self.path.exists():
            raise LabError(f"no machine {name}: {self.path} is missing")
        for n, raw in enumerate(self.path.read_text(encoding="ascii").splitlines(), 1):
            if not raw.strip() or raw.startswith("#"):
                continue
            key, sep, value = raw.partition(":")
            if not sep or key not in KEYS:
                raise LabError(f"{self.path}:{n}: unknown key {key!r}")
            self.lines.append((key, value.strip()))

    def get(self, key):
        """All values of a key, in order."""
        return [v for k, v in self.lines if k == key]

    @property
    def arch(self):
        """Debian's name of its architecture."""
        return (self.get("Arch") or ["amd64"])[0]

    @property
    def qemu(self):
        """The suite of its QEMU; None: the host's own."""
        return (self.get("Qemu") or [None])[0]

    def refuse(self, kernel_name):
        """LabError when this machine cannot run the kernel."""
        arch = KERNELS[kernel_name]["arch"]
        if arch != self.arch:
            raise LabError(f"machine {self.name} is {self.arch}, kernel {kernel_name} is "
                           f"for {arch}")

    def arguments(self, disk, hypervisor=None):
        """QEMU's arguments for the machine itself; HYPERVISOR: a disk with one."""
        kind, cpu = PLATFORM[self.arch]
        kind = ",".join([kind, *self.get("Machine")])
        args = ["-accel", "tcg,thread=multi", "-machine", kind,
                "-cpu", cpu, "-m", *(self.get("Memory") or [HYPERVISOR_MEMORY if hypervisor
                                                            else "512"]), "-nodefaults",
                "-display", "none",
                "-no-reboot", "-net", "none"]
        if self.get("Firmware"):
            args += ["-bios", emulator.firmware()]
        for v in self.get("Iommu"):
            args += ["-device", v]
        if hypervisor:
            args += ["-drive", f"file={hypervisor},if=none,id=hypervisor,format=raw,snapshot=on",
                     "-device", "virtio-blk-pci,drive=hypervisor,bus=pcie.0,addr=1d.0"]
        n = 0
        for key, value in self.lines:
            if key == "Device":
                args += ["-device", value]
                continue
            if key not in ("Net", "Disk", "Namespace"):
                continue
            model, _, props = value.partition(" ")
            n += 1
            drive = f"file={disk},if=none,id=disk{n},format=raw,snapshot=on"
            if key == "Namespace":
                args += ["-drive", drive, "-device", f"nvme-ns,drive=disk{n},{value}"]
            elif key == "Net":
                args += ["-netdev", f"user,id=net{n}",
                         "-device", f"{model},netdev=net{n},romfile=,{props}"]
            else:
                args += ["-drive", drive, "-device",
                         f"{model},drive=disk{n},serial=lab{n},{props}"]
        return args


def disk_image():
    """The disk that all machines share, each on a snapshot of its own."""
    def build(tmp):
        path = os.path.join(tmp, "disk")
        with open(path, "wb") as f:
            f.truncate(DISK_SIZE)
            f.seek(PATTERN_AT)
            f.write(PATTERN)
        return path
    return entry("disk-2.raw", build)


class Boot:
    """One guest: started, read until it is done, quiet too long, or past its deadline."""

    def __init__(self, machine, kernel_name, programs, files, module=None, mode="run",
                 disk=None):
        machine.refuse(kernel_name)
        self.machine = machine
        self.kernel = kernel_name
        self.mode = mode
        self.disk = disk
        self.tmp = tempfile.mkdtemp(prefix="iommu-diag-lab-")
        initrd = b"" if mode == "dump" else changed_tables(machine, kernel_name)
        with open(base(kernel_name), "rb") as f:
            initrd += f.read()
        initrd += overlay(programs, files, module)
        pathlib.Path(self.tmp, "initrd").write_bytes(initrd)
        os.mkfifo(os.path.join(self.tmp, "results"))

    def command(self):
        """The command line of QEMU."""
        arm = self.machine.arch == "arm64"
        results = f"file:{self.tmp}/results"
        # virt has one serial port; its firmware description of another would be secure
        serial = (["-chardev", f"file,id=results,path={self.tmp}/results",
                   "-device", "pci-serial,chardev=results,bus=pcie.0,addr=1e.0"]
                  if arm else ["-serial", results])
        append = [f"console={'ttyAMA0' if arm else 'ttyS0'}", "panic=-1",
                  "log_buf_len=4M", "printk.devkmsg=on",
                  f"lab={self.mode}", *self.machine.get("Append")]
        if not arm:
            append.append("no_timer_check")  # a busy host starves it, and 7.3 panics
        append.append("quiet")
        console = "mon:stdio" if self.mode == "shell" else f"file:{self.tmp}/console"
        qemu = [*emulator.words(self.machine.arch, self.machine.qemu),
                *self.machine.arguments(disk_image(), self.disk)]
        return [*qemu, *devicetree.arguments(qemu, self.tmp, self.machine.get("Tree")),
                "-serial", console, *serial,
                "-qmp", f"unix:{self.tmp}/qmp,server=on,wait=off",
                "-kernel", os.path.join(kernel(self.kernel), "vmlinuz"),
                "-initrd", os.path.join(self.tmp, "initrd"), "-append", " ".join(append)]

    def interactive(self):
        """A prompt on this terminal until the guest is left."""
        os.unlink(os.path.join(self.tmp, "results"))
        subprocess.run(self.command(), check=False)
        self.close()

    def run(self, deadline, silence, on_event):
        """Run the guest; on_event(kind, name, data) for START, FILE and DONE.

        What it asks the emulator for is done meanwhile. Returns None when the guest said
        it is done, else why it was ended.
        """
        def hear(kind, name, data):
            if kind == "QMP":
                ask(os.path.join(self.tmp, "qmp"), name)
            else:
                on_event(kind, name, data)

        fd = os.open(os.path.join(self.tmp, "results"), os.O_RDONLY | os.O_NONBLOCK)
        end = time.monotonic() + deadline
        with subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as qemu:
            try:
                why = _follow(fd, qemu, end, silence, hear)
            except LabError as e:
                why = str(e)
            finally:
                qemu.kill()
                error = qemu.stderr.read().decode(errors="replace").strip()
                os.close(fd)
        return f"{why}: {error}" if why and error else why

    def console(self):
        """What the kernel's console printed."""
        path = pathlib.Path(self.tmp, "console")
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self):
        """Remove what the boot needed on disk."""
        shutil.rmtree(self.tmp, ignore_errors=True)


def _follow(fd, qemu, end, silence, on_event):
    """Read frames until @DONE; the reason when that never comes."""
    pending, name, body = b"", None, []
    quiet_end = time.monotonic() + silence
    while True:
        now = time.monotonic()
        if now > end:
            return "deadline of the boot passed"
        if now > quiet_end:
            return f"no result for {silence} s"
        ready, _, _ = select.select([fd], [], [], 0.2)
        chunk = os.read(fd, 65536) if ready else b""
        if not chunk:
            if qemu.poll() is not None:
                return "the guest ended early"
            if ready:
                time.sleep(0.05)  # nobody has opened the other end yet
            continue
        quiet_end = time.monotonic() + silence
        pending += chunk
        while b"\n" in pending:
            raw, pending = pending.split(b"\n", 1)
            line = raw.decode("ascii", errors="replace").strip("\r")
            if line == "@DONE":
                on_event("DONE", None, None)
                return None
            if line.startswith("@START "):
                on_event("START", line[7:], None)
            elif line.startswith("@QMP "):
                on_event("QMP", line[5:], None)
            elif line.startswith("@FILE "):
                name, body = line[6:], []
            elif line == "@END" and name is not None:
                on_event("FILE", name, base64.b64decode("".join(body)))
                name = None
            elif name is not None:
                body.append(line)


def changed_tables(machine, kernel_name):
    """The archive of firmware tables that the kernel takes in place of the guest's."""
    archive = b""
    for key, patch in PATCHES.items():
        if machine.get(key):
            own = own_table(machine, kernel_name, key.upper())
            table = Archive()
            table.data(f"kernel/firmware/acpi/{key.lower()}.aml",
                       patch(own, machine.get(key)))
            archive += table.finish()
    return archive


def own_table(machine, kernel_name, name):
    """The table NAME that this machine has by itself: from a first boot, cached."""
    key = digest(machine.path, pathlib.Path(LAB, "machine.py"),
                 emulator.version(machine.arch, machine.qemu))

    def build(tmp):
        note(f"{machine.name}: a first boot for its own {name} table")
        got = {}
        boot = Boot(machine, kernel_name, {}, {}, mode="dump")
        try:
            why = boot.run(120, 60, lambda kind, name, data: got.update({name: data}))
        finally:
            boot.close()
        if name not in got:
            raise LabError(f"{machine.name}: no {name} table ({why})\n{boot.console()}")
        path = os.path.join(tmp, name)
        pathlib.Path(path).write_bytes(got[name])
        return path

    with open(entry(f"{name.lower()}-{machine.name}-{key}", build), "rb") as f:
        return f.read()
