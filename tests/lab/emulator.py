# SPDX-License-Identifier: LGPL-2.1-or-later
"""The emulators: the host's own QEMU, or a newer suite's.

The newer one is unpacked with every library that it needs and started through its own
loader: nothing is installed, and the host's C library does not matter.
"""
import functools
import os
import subprocess

import debian
from labcache import LabError, digest, entry, note

# Debian's architecture -> QEMU's word for it, the package that has its emulator
QEMU = {"amd64": ("x86_64", "qemu-system-x86"), "arm64": ("aarch64", "qemu-system-arm")}
TRIPLET = "x86_64-linux-gnu"
LOADER = "ld-linux-x86-64.so.2"
# What UEFI firmware for virt is called, and the package that has it
FIRMWARE = ("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "qemu-efi-aarch64")


def words(arch, suite=None):
    """The words that begin QEMU's command line: the host's, or the one of SUITE."""
    name, package = QEMU[arch]
    if suite is None:
        return [f"qemu-system-{name}"]
    usr = os.path.join(_unpacked(package, suite), "usr")
    lib = os.path.join(usr, "lib", TRIPLET)
    return [os.path.join(lib, LOADER), "--library-path", lib,
            os.path.join(usr, "bin", f"qemu-system-{name}"),
            "-L", os.path.join(usr, "share", "qemu")]


def _unpacked(package, suite):
    """The folder with PACKAGE of SUITE and all that it depends on."""
    if suite not in debian.SUITES:
        raise LabError(f"no suite {suite}, only {', '.join(debian.SUITES)}")

    def build(tmp):
        note(f"fetching {package} of {suite}")
        return debian.unpack_whole("amd64", package, suite, tmp)

    return entry(f"{package}-{suite}", build)


@functools.lru_cache(maxsize=None)
def version(arch, suite=None):
    """First line of qemu --version; a new QEMU writes new tables."""
    return subprocess.run([*words(arch, suite), "--version"], capture_output=True,
                          text=True, check=True).stdout.splitlines()[0]


def firmware():
    """Path of the UEFI firmware that makes virt boot with ACPI tables."""
    path, package = FIRMWARE
    if not os.path.exists(path):
        raise LabError(f"no {path}: install {package}")
    return path
