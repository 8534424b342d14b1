# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest's first root: a base per kernel, cached, and an overlay per boot.

Both are uncompressed: reading them costs the emulator nothing, inflating them would.
"""
import os
import pathlib
import re
import subprocess

import arm64
from cpio import Archive
from kernels import KERNELS, kernel, kernel_version
from labcache import LAB, LabError, command, digest, entry

GUEST = os.path.join(LAB, "guest")
BUSYBOX = "/bin/busybox"
KMOD = "/bin/kmod"
# What hosts do with their devices: volumes, arrays, remote sessions; and limits of processes.
TOOLS = ("/sbin/dmsetup", "/sbin/lvm", "/sbin/mdadm", "/usr/sbin/dropbear",
         "/usr/bin/dbclient", "/usr/bin/dropbearkey", "/usr/bin/prlimit", "/usr/bin/setpriv")
EM_AARCH64 = 183
# name in the guest: its sources and libraries
PROGRAMS = {
    "oracle": (["oracle.c"], []),
    "holder": (["holder.c"], []),
    "idholder": (["idholder.c"], []),
    "failcall": (["failcall.c", "../seccomp/supervise.c"], ["-lseccomp"]),
}


def libraries(program):
    """(path in the guest, file here) of PROGRAM's libraries and loader."""
    with open(program, "rb") as f:
        if f.read(20)[18] == EM_AARCH64:
            return arm64.libraries(program)
    r = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    if "not found" in r.stdout:
        raise LabError(f"{program}: a library is missing\n{r.stdout}")
    if r.returncode:
        return []
    return [(p, os.path.realpath(p))
            for p in sorted(set(re.findall(r"(?:=> )?(/\S+) \(0x", r.stdout)))]


def add_program(ar, name, source):
    """SOURCE as NAME, with its libraries where its loader looks for them."""
    ar.file(name, source, 0o755)
    for lib, real in libraries(source):
        if lib.strip("/") not in ar.known:
            ar.file(lib, real, 0o755)


def _busybox_links(ar):
    own = ("modprobe", "insmod", "rmmod", "lsmod", "depmod", "modinfo")
    for applet in command([BUSYBOX, "--list"]).split():
        if applet not in own + ("busybox",):
            ar.link(f"bin/{applet}", "busybox")
    for tool in own:
        ar.link(f"sbin/{tool}", "../bin/kmod")


def base(name):
    """Path of kernel NAME's base archive: busybox, kmod, modules, users."""
    top = kernel(name)
    version = kernel_version(name)
    arch = KERNELS[name]["arch"]
    root = arm64.root() if arch == "arm64" else ""
    tools = TOOLS if arch == "amd64" else ()
    key = digest(pathlib.Path(root + BUSYBOX), pathlib.Path(root + KMOD),
                 pathlib.Path(LAB, "image.py"), pathlib.Path(LAB, "arm64.py"),
                 *map(pathlib.Path, tools), os.path.basename(top), version)

    def build(tmp):
        ar = Archive()
        for d in ("proc", "sys", "dev", "tmp", "run", "root", "mnt", "lab", "sbin",
                  "usr/bin", "usr/sbin", "usr/libexec", "var/log", "etc/modprobe.d",
                  "lib/modprobe.d"):
            ar.folder(d)
        ar.file("bin/busybox", root + BUSYBOX, 0o755)
        add_program(ar, "bin/kmod", root + KMOD)
        for tool in tools:
            add_program(ar, f"usr/bin/{os.path.basename(tool)}", tool)
        _busybox_links(ar)
        ar.data("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
                              "nobody:x:65534:65534:nobody:/tmp:/bin/sh\n")
        ar.data("etc/group", "root:x:0:\nnogroup:x:65534:\n")
        ar.data("etc/shells", "/bin/sh\n")
        ar.data("etc/os-release", "ID=lab\n")
        config = os.path.join(top, "tree", ".config")
        if os.path.exists(config):  # of a kernel of ours, where a distribution has its own
            ar.file(f"boot/config-{version}", config, 0o644)
        mods = os.path.join(top, "lib", "modules", version)
        for p in sorted(pathlib.Path(mods).rglob("*")):
            if p.is_file():
                ar.file(f"lib/modules/{version}/{p.relative_to(mods)}", str(p), 0o644)
        out = os.path.join(tmp, "base.cpio")
        pathlib.Path(out).write_bytes(ar.finish())
        return out

    return entry(f"base-{name}-{key}.cpio", build)


def test_programs(build, compiler=("gcc",)):
    """Compile PROGRAMS into BUILD, static; returns {name: path}.

    A cross-compiler has libc only, so that what wants a library is left out.
    """
    out = {}
    os.makedirs(build, exist_ok=True)
    headers = [os.path.join(LAB, "cdev.h"), os.path.join(LAB, "../seccomp/supervise.h")]
    for name, (sources, libraries_of) in PROGRAMS.items():
        if libraries_of and compiler != ("gcc",):
            continue
        own = [os.path.join(LAB, source) for source in sources]
        exe = os.path.join(build, name)
        newest = max(map(os.path.getmtime, own + headers))
        if not os.path.exists(exe) or os.path.getmtime(exe) < newest:
            command([*compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror",
                     "-static", "-o", exe + ".tmp", *own, *libraries_of])
            os.rename(exe + ".tmp", exe)
        out[name] = exe
    return out


def products(build):
    """The project's programs in the build folder: every executable iommu-diag*."""
    found = {}
    for p in sorted(pathlib.Path(build).glob("iommu-diag*")):
        if p.is_file() and os.access(p, os.X_OK):
            found[p.name] = str(p)
    return found


def domain_files(ar):
    """What `check --domain` and the hook of libvirt need: definitions, libxml2, the hook."""
    for p in sorted(pathlib.Path(LAB, "domains").glob("*.xml")):
        ar.file(f"lab/domains/{p.name}", str(p), 0o644)
    # Loaded by the product when it reads a definition, so its own list does not name it.
    found = [p for p in pathlib.Path("/usr/lib").glob("*-linux-gnu/libxml2.so.*")
             if re.fullmatch(r"libxml2\.so\.\d+", p.name)]
    if not found:
        raise LabError("libxml2 is missing")
    for lib in found:
        add_program(ar, str(lib).lstrip("/"), os.path.realpath(lib))
    hook = pathlib.Path(LAB, "..", "..", "libexec", "libvirt-hook.in").read_text(encoding="utf-8")
    ar.folder("usr/libexec/iommu-diag")
    ar.data("usr/libexec/iommu-diag/libvirt-hook", hook.replace("@bindir@", "/usr/bin"), 0o755)


def overlay(programs, extra_files, module=None):
    """Bytes of the archive that one boot adds: guest scripts, programs, scenarios.

    programs: {name in the guest's PATH: host path}; extra_files: {guest path: content}.
    """
    ar = Archive()
    ar.file("init", os.path.join(GUEST, "init"), 0o755)
    for p in sorted(pathlib.Path(GUEST).iterdir()):
        if p.name != "init":
            ar.file(f"lab/{p.name}", str(p), 0o755)
    for p in sorted(pathlib.Path(LAB, "scripts").glob("*.sh")):
        ar.file(f"lab/scripts/{p.name}", str(p), 0o755)
    for name, path in programs.items():
        add_program(ar, f"usr/bin/{name}", path)
    if any("/lab/domains/" in text or "libvirt_hook.sh" in text for text in extra_files.values()):
        domain_files(ar)
    if module:
        ar.file("lab/force_errno.ko", module, 0o644)
    for path, content in extra_files.items():
        ar.data(path, content)
    return ar.finish()
