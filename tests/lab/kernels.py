# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's kernels: Debian's, fetched and unpacked, and those that the lab builds."""
import lzma
import os
import pathlib
import re
import shutil

import buildroot
import debian
import kernelbuild
from labcache import LAB, command, digest, entry, note

# Debian's kernels: suite of the build root, packages whose files make image and modules,
# header package. Ours: source package, files in kernel-config/. The name of an image or a
# source is a regular expression, the newest version counts.
KERNELS = {
    "6.1": {
        "arch": "amd64", "root": "bookworm",
        "image": [r"linux-image-(6\.1\.\d+-\d+-amd64)"],
        "headers": "linux-headers-{}",
    },
    "6.12": {
        "arch": "amd64", "root": "trixie",
        "image": [r"linux-image-(6\.12\.\d+\+deb13-amd64)"],
        "headers": "linux-headers-{}",
    },
    "7.3": {
        "arch": "amd64", "root": "trixie",
        "image": [r"linux-binary-(7\.3\.\d+\+deb13-amd64)", r"linux-modules-{}",
                  r"linux-base-{}"],
        "headers": "linux-headers-{}",
    },
    "6.1-arm64": {
        "arch": "arm64", "root": "bookworm",
        "image": [r"linux-image-(6\.1\.\d+-\d+-arm64)"],
        "headers": "linux-headers-{}",
    },
    "6.12-arm64": {
        "arch": "arm64", "root": "trixie",
        "image": [r"linux-image-(6\.12\.\d+\+deb13-arm64)"],
        "headers": "linux-headers-{}",
    },
    "7.3-arm64": {
        "arch": "arm64", "root": "trixie",
        "image": [r"linux-binary-(7\.3\.\d+\+deb13-arm64)", r"linux-modules-{}",
                  r"linux-base-{}"],
        "headers": "linux-headers-{}",
    },
    "7.3-iommufd": {
        "arch": "amd64", "source": "linux-source-7.3", "config": ["iommufd", "x86_64"],
    },
    "7.3-iommufd-arm64": {
        "arch": "arm64", "source": "linux-source-7.3", "config": ["iommufd", "arm64"],
    },
}

# What guests need; modules.dep adds what these depend on.
MODULES = """vfio vfio_pci vfio_pci_core vfio_iommu_type1 vfio_virqfd irqbypass
    iommufd virtio_iommu
    e1000 e1000e igb igbvf 8139too 8139cp nvme pci_stub virtio_pci
    virtio_net virtio_blk
    ext4 ext2 crc32c_intel crc32c_generic libcrc32c bridge bonding dummy""".split()
# What hosts use their devices with; a kernel of ours has what it needs built in.
HOST_MODULES = """8021q veth dm_mod md_mod raid1 xhci_pci usbhid hid_generic usb_storage
    sd_mod evdev snd_hda_intel snd_hda_codec_generic bochs i6300esb ipmi_si
    ipmi_devintf""".split()


def _needed(moddir):
    """Paths, relative to MODDIR, of MODULES and of all that they depend on."""
    files = {}
    for p in pathlib.Path(moddir, "kernel").rglob("*.ko*"):
        name = p.name.split(".ko")[0].replace("-", "_")
        files[name] = p
    deps = {}
    command(["depmod", "-b", str(pathlib.Path(moddir).parents[2]),
             os.path.basename(moddir)])
    dep = pathlib.Path(moddir, "modules.dep")
    for line in dep.read_text(encoding="ascii").splitlines():
        path, _, rest = line.partition(":")
        deps[path] = rest.split()
    want = set()
    for name in MODULES + HOST_MODULES:
        if name in files:
            rel = str(files[name].relative_to(moddir))
            want.update([rel, *deps.get(rel, [])])
    return sorted(want)


def _keep(unpacked, version, out):
    """Move vmlinuz and the needed modules, decompressed, from UNPACKED to OUT."""
    os.makedirs(out)
    merged = os.path.join(unpacked, "usr", "lib", "modules", version)
    plain = os.path.join(unpacked, "lib", "modules", version)
    if not os.path.isdir(merged):
        os.makedirs(os.path.dirname(merged), exist_ok=True)
        os.rename(plain, merged)
    if not os.path.lexists(os.path.join(unpacked, "lib")):
        os.symlink("usr/lib", os.path.join(unpacked, "lib"))
    elif not os.path.islink(os.path.join(unpacked, "lib")):
        shutil.rmtree(os.path.join(unpacked, "lib"))
        os.symlink("usr/lib", os.path.join(unpacked, "lib"))
    for vmlinuz in (f"{unpacked}/boot/vmlinuz-{version}", f"{merged}/vmlinuz"):
        if os.path.exists(vmlinuz):
            shutil.copy(vmlinuz, os.path.join(out, "vmlinuz"))
    dest = os.path.join(out, "lib", "modules", version)
    for rel in _needed(merged):
        target = os.path.join(dest, re.sub(r"\.xz$", "", rel))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        data = pathlib.Path(merged, rel).read_bytes()
        if rel.endswith(".xz"):
            data = lzma.decompress(data)
        pathlib.Path(target).write_bytes(data)
    for f in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        if os.path.exists(os.path.join(merged, f)):
            shutil.copy(os.path.join(merged, f), dest)
    command(["depmod", "-b", out, version])
    pathlib.Path(out, "version").write_text(version + "\n", encoding="ascii")


def kernel(name):
    """The folder of kernel NAME (vmlinuz, version, lib/modules), made when absent. A kernel
    of ours has the tree that its modules are built with beside them."""
    spec = KERNELS[name]

    def fetch(tmp):
        note(f"fetching kernel {name}")
        _, pkgver, version = debian.newest(spec["arch"], spec["image"][0])
        packages = [re.sub(r"\(.*\)", "{}", p).format(version) for p in spec["image"]]
        unpacked = debian.unpack(spec["arch"], [f"{p}={pkgver}" for p in packages], tmp)
        out = os.path.join(tmp, "out")
        _keep(unpacked, version, out)
        return out

    def build(tmp):
        note(f"building kernel {name}")
        built, version, tree = kernelbuild.build(spec, tmp)
        out = os.path.join(tmp, "out")
        _keep(built, version, out)
        os.rename(tree, os.path.join(out, "tree"))
        return out

    if "source" in spec:
        key = digest(" ".join(MODULES), kernelbuild.config_key(spec))
        return entry(f"kernel-{name}-{key}", build)
    return entry(f"kernel-{name}-{digest(' '.join(MODULES + HOST_MODULES))}", fetch)


def kernel_version(name):
    """What uname -r says in kernel NAME."""
    with open(os.path.join(kernel(name), "version"), encoding="ascii") as f:
        return f.read().strip()


def force_module(name):
    """force_errno.ko for kernel NAME, built when its source or the kernel changed."""
    version = kernel_version(name)
    top = kernel(name)
    spec = KERNELS[name]
    files = [pathlib.Path(LAB, "force_errno", f) for f in ("force_errno.c", "Kbuild")]

    def build(tmp):
        note(f"building force_errno for {version}")
        if "source" in spec:
            return kernelbuild.module(spec, os.path.join(top, "tree"), files, tmp)
        return buildroot.module(spec, version, files, tmp)

    key = digest(*files, os.path.basename(top) if "source" in spec else "")
    return entry(f"force_errno-{version}-{key}.ko", build)
