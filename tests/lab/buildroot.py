# SPDX-License-Identifier: LGPL-2.1-or-later
"""Unpacked roots, of a kernel's own suite, that modules of Debian's kernels are built in.

Newer suites' host tools and compilers want a newer C library than the host may have, so
they run in a chroot. All roots are amd64: modules for arm64 are cross-compiled.
"""
import os
import re
import shutil

import debian
from labcache import LabError, command, entry, locked, note

TOOLS = """make dash bash coreutils sed grep findutils mawk diffutils tar gzip
    xz-utils base-files libc-bin kmod perl-base hostname binutils""".split()
CROSS = "aarch64-linux-gnu"


def _cross_packages(headers):
    """What the arm64 package HEADERS needs on an amd64 machine, and its compiler."""
    found = re.findall(r"^ *\|?Depends: <?([^>\n]+)>?$",
                       command(["apt-cache", *debian.apt("arm64"), "depends", headers]),
                       re.MULTILINE)
    packages = [p for p in found if re.match(r"linux-(headers|kbuild)-", p)]
    gcc = next((m.group(1) for m in (re.match(r"gcc-(\d+)", p) for p in found) if m), None)
    if gcc is None or len(packages) < 2:
        raise LabError(f"{headers} depends on no compiler, or on no linux-kbuild")
    return [*packages, f"gcc-{gcc}-{CROSS}"], f"{CROSS}-gcc-{gcc}"


def _unpack(spec, headers, packages, tmp):
    """A root in TMP with PACKAGES; the headers of another architecture on top of it."""
    out = os.path.join(tmp, "root")
    lines = [v for k, v in debian.sources().items() if k.startswith(spec["root"])]
    command(["mmdebstrap", "--quiet", "--variant=extract", "--architectures=amd64",
             f"--include={','.join([*packages, *TOOLS])}", spec["root"], out, *lines])
    os.symlink("mawk", os.path.join(out, "usr/bin/awk"))  # no maintainer script ran
    if spec["arch"] == "arm64":
        os.makedirs(os.path.join(tmp, "headers"))
        more = debian.unpack("arm64", [headers], os.path.join(tmp, "headers"))
        shutil.copytree(os.path.join(more, "usr", "src"), os.path.join(out, "usr", "src"),
                        symlinks=True, dirs_exist_ok=True)
    return out


def _root(spec, version):
    """The root for kernel VERSION, and make's words about the compiler."""
    headers = spec["headers"].format(version)
    packages, words = [headers], []
    if spec["arch"] == "arm64":
        packages, gcc = _cross_packages(headers)
        words = ["ARCH=arm64", f"CROSS_COMPILE={CROSS}-", f"CC={gcc}"]

    def build(tmp):
        if os.geteuid() != 0:
            raise LabError("building the force module needs root (it uses chroot)")
        note(f"unpacking a build root for {headers}")
        return _unpack(spec, headers, packages, tmp)

    return entry(f"root-{version}", build), words


def module(spec, version, files, tmp):
    """Build the module of FILES for Debian's kernel VERSION; its path in TMP."""
    root, words = _root(spec, version)
    with locked(f"build-{version}"):
        work = os.path.join(root, "build")
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
        for f in files:
            shutil.copy(f, work)
        # /dev of the host: kbuild asks the compiler for its options with /dev/null
        command(["unshare", "--mount", "/bin/sh", "-ec",
                 'mount --bind /dev "$0/dev"; mount --bind /proc "$0/proc"; '
                 'exec chroot "$0" "$@"', root,
                 "/usr/bin/make", "-s", "-C", f"/usr/src/linux-headers-{version}",
                 *words, "M=/build", "modules"],
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})
        return shutil.copy(os.path.join(work, "force_errno.ko"), tmp)
