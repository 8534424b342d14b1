# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels that the lab builds itself from Debian's source, cross-compiled where needed.

Debian's own kernels have no iommufd. What ours have is in kernel-config/; a kernel is
built again only when that, or the source in the cache, changed.
"""
import os
import pathlib
import shutil

import debian
from labcache import LAB, LabError, command, digest, entry, note

# Debian's architecture -> the kernel's, what its compiler is called, its image
ARCHES = {
    "amd64": ("x86", "", "arch/x86/boot/bzImage"),
    "arm64": ("arm64", "aarch64-linux-gnu-", "arch/arm64/boot/Image"),
}
CONFIG = os.path.join(LAB, "kernel-config")
# Of a built tree, what modules outside it are built with.
TREE = ["Makefile", ".config", "Module.symvers", "include", "scripts", "tools/objtool",
        "arch"]
WASTE = {".c", ".S", ".o", ".a", ".cmd", ".dts", ".dtsi", ".ko", ".rs", ".mod"}


def source(package):
    """Folder with linux.tar.xz and version: Debian's source package, newest when absent."""
    def build(tmp):
        name, version, _ = debian.newest("amd64", package)
        note(f"fetching {name} {version}")
        unpacked = debian.unpack("amd64", [f"{name}={version}"], tmp)
        out = os.path.join(tmp, "out")
        os.makedirs(out)
        os.rename(os.path.join(unpacked, "usr", "src", f"{name}.tar.xz"),
                  os.path.join(out, "linux.tar.xz"))
        pathlib.Path(out, "version").write_text(version + "\n", encoding="ascii")
        return out

    return entry(f"source-{package}", build)


def _make(arch, tree, *words):
    karch, cross, _ = ARCHES[arch]
    command(["nice", "-n", "10", "make", "-s", f"-j{os.cpu_count()}", "-C", tree,
             f"ARCH={karch}", f"CROSS_COMPILE={cross}", *words])


def configuration(spec):
    """The settings of a kernel, all its files in one text."""
    return "\n".join(pathlib.Path(CONFIG, f"{f}.config").read_text(encoding="ascii")
                     for f in spec["config"])


def _configure(spec, tree):
    """Everything off but what is asked for; an error when something did not take."""
    wanted = pathlib.Path(tree, "lab.config")
    wanted.write_text(configuration(spec), encoding="ascii")
    _make(spec["arch"], tree, f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig")
    got = set(pathlib.Path(tree, ".config").read_text(encoding="ascii").splitlines())
    lost = []
    for line in configuration(spec).splitlines():
        if line.startswith("CONFIG_"):
            name, _, value = line.partition("=")
            off = value == "n" and not any(g.startswith(f"{name}=") for g in got)
            if line not in got and not off:
                lost.append(line)
    if lost:
        raise LabError(f"this source has other options: {', '.join(lost)}")


def build(spec, tmp):
    """Build a kernel in TMP as Debian's packages would unpack. Returns (folder, version,
    the pruned tree that modules are built with)."""
    tree = os.path.join(tmp, "tree")
    os.makedirs(tree)
    command(["tar", "-C", tree, "--strip-components=1", "-xf",
             os.path.join(source(spec["source"]), "linux.tar.xz")])
    _configure(spec, tree)
    image = ARCHES[spec["arch"]][2]
    _make(spec["arch"], tree, os.path.basename(image), "modules")
    version = pathlib.Path(tree, "include/config/kernel.release").read_text(
        encoding="ascii").strip()
    unpacked = os.path.join(tmp, "built")
    _make(spec["arch"], tree, f"INSTALL_MOD_PATH={unpacked}/usr", "modules_install")
    os.makedirs(os.path.join(unpacked, "boot"))
    shutil.copy(os.path.join(tree, image),
                os.path.join(unpacked, "boot", f"vmlinuz-{version}"))
    return unpacked, version, _pruned(tree, os.path.join(tmp, "pruned"))


def _pruned(tree, out):
    """OUT with what of TREE a module's build reads."""
    os.makedirs(os.path.join(out, "tools"))
    for part in TREE:
        os.rename(os.path.join(tree, part), os.path.join(out, part))
    for p in pathlib.Path(out).rglob("*"):
        if p.is_file() and p.suffix in WASTE and p.relative_to(out).parts[0] != "scripts":
            p.unlink()
    return out


def module(spec, tree, sources, tmp):
    """Build the module of the files SOURCES for the kernel of TREE; its path in TMP."""
    work = os.path.join(tmp, "module")
    os.makedirs(work)
    for f in sources:
        shutil.copy(f, work)
    _make(spec["arch"], tree, f"M={work}", "modules")
    return next(str(p) for p in pathlib.Path(work).glob("*.ko"))


def config_key(spec):
    """What the build depends on, beside its source: a short hash."""
    return digest(configuration(spec), pathlib.Path(LAB, "kernelbuild.py"),
                  pathlib.Path(source(spec["source"]), "version"))
