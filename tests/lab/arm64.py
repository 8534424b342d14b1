# SPDX-License-Identifier: LGPL-2.1-or-later
"""The arm64 userland: an unpacked Debian root, and the product built against it."""
import os
import pathlib
import re
import shutil

import debian
from labcache import LAB, LabError, command, digest, entry, locked, note

PACKAGES = """libblkid-dev libc6-dev libjson-c-dev libnl-route-3-dev libsystemd-dev libtraceevent-dev
    libtracefs-dev libudev-dev libxml2-dev
    linux-libc-dev busybox-static kmod""".split()
CROSS = "aarch64-linux-gnu"


def root():
    """An unpacked arm64 root: libraries, headers, busybox and kmod."""
    def build(tmp):
        if os.geteuid() != 0:
            raise LabError("unpacking the arm64 root needs root")
        note("unpacking an arm64 root")
        out = os.path.join(tmp, "root")
        lines = [v for k, v in debian.sources().items() if k.startswith("bookworm")]
        command(["mmdebstrap", "--quiet", "--variant=extract", "--architectures=arm64",
                 f"--include={','.join(PACKAGES)}", "bookworm", out, *lines])
        return out

    return entry(f"root-arm64-{digest(' '.join(PACKAGES))}", build)


def compiler():
    """The words that begin a compiler's command line."""
    return [f"{CROSS}-gcc", f"--sysroot={root()}"]


def libraries(program):
    """(path in the guest, file here) of all that PROGRAM loads."""
    found, todo = {}, [program]
    while todo:
        out = command([f"{CROSS}-readelf", "-d", "-l", todo.pop()])
        names = re.findall(r"NEEDED.*\[(.*)\]|interpreter: .*/(\S+)\]", out)
        for name in (a or b for a, b in names):
            if name in found:
                continue
            places = [f"{d}/{name}" for d in ("/lib", f"/lib/{CROSS}", f"/usr/lib/{CROSS}")]
            place = next((p for p in places if os.path.exists(root() + p)), None)
            if place is None:
                raise LabError(f"{program}: no {name} in the arm64 root")
            found[name] = (place, os.path.realpath(root() + place))
            todo.append(found[name][1])
    return sorted(found.values())


def product(build):
    """The folder, below BUILD, of the product built for arm64."""
    out = os.path.join(build, "arm64")
    top = os.path.dirname(os.path.dirname(LAB))
    lib = f"{root()}/usr/lib/{CROSS}/pkgconfig:{root()}/usr/share/pkgconfig"
    env = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": root(), "PKG_CONFIG_LIBDIR": lib}
    with locked("product-arm64"):
        built = pathlib.Path(out, "sysroot")
        if not built.exists() or built.read_text(encoding="utf-8") != root():
            note("configuring the product for arm64")
            shutil.rmtree(out, ignore_errors=True)
            os.makedirs(out)
            command([f"{top}/configure", "--quiet", f"--host={CROSS}",
                     f"CC={' '.join(compiler())}"], cwd=out, env=env)
            built.write_text(root(), encoding="utf-8")
        command(["make", "-s", f"-j{os.cpu_count()}", "-C", out, "iommu-diag"], env=env)
    return out
