# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's libvirt and QEMU in a root of their own: unpacked, and as a disk for guests."""
import os
import pathlib
import shutil

import debian
from labcache import command, digest, entry, note

PACKAGES = "libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 dash libc-bin"
# What the packages' own scripts would set up: users, and a libvirt that runs all as root.
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
                  "libvirt-qemu:x:64055:64055::/var/lib/libvirt:/bin/false\n",
    "etc/group": "root:x:0:\nkvm:x:994:\nlibvirt:x:993:\nlibvirt-qemu:x:64055:\n",
    "etc/libvirt/qemu.conf": 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\n'
                             'cgroup_controllers = [ ]\nnamespaces = [ ]\n'
                             'stdio_handler = "file"\n',
    "etc/libvirt/libvirtd.conf": 'auth_unix_rw = "none"\nauth_unix_ro = "none"\n'
                                 'unix_sock_group = "root"\n'
                                 'log_outputs = "1:file:/var/log/libvirtd.log"\n',
    "vm.xml": """<domain type='qemu'>
  <name>vm</name>
  <uuid>b6a11c3e-3f5d-4a2c-9a53-0d7ac6bb5a11</uuid>
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source><address domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></source>
    </hostdev>
  </devices>
</domain>
""",
}
# Documents, firmware of other machines and other emulators only make the disk larger.
NOT_ON_DISK = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache", "var/lib/apt",
               "dev")


def unpacked():
    """A root with Debian's libvirt and QEMU, kept in the lab's cache."""
    def build(tmp):
        note("unpacking libvirt")
        out = os.path.join(tmp, "root")
        debian.extract(PACKAGES.split(), out)
        return out

    return entry(f"root-libvirt-{digest(PACKAGES)}", build)


def disk():
    """An ext2 image of that root, which guests attach and never change."""
    def build(tmp):
        root = pathlib.Path(tmp, "root")
        command(["cp", "-a", unpacked(), str(root)])
        for name in NOT_ON_DISK:
            shutil.rmtree(root / name, ignore_errors=True)
        for name in ("proc", "sys", "dev", "run", "tmp", "var/log/libvirt/qemu"):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name, content in FILES.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        if not (root / "var/run").exists():
            (root / "var/run").symlink_to("/run")
        command(["chroot", str(root), "/sbin/ldconfig"])
        used = int(command(["du", "-sm", str(root)]).split()[0])
        out = os.path.join(tmp, "disk")
        command(["mke2fs", "-q", "-t", "ext2", "-d", str(root), out, f"{used + used // 4 + 64}M"])
        shutil.rmtree(root)
        return out

    key = digest(PACKAGES, pathlib.Path(__file__), os.path.basename(unpacked()))
    return entry(f"disk-libvirt-{key}", build)
