# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian kernels for the lab: fetched through apt, unpacked, never installed.

The private apt state lives in the cache folder; the mirror is the one that the host's own
apt configuration names, so no host name is written down here.
"""
import functools
import lzma
import os
import pathlib
import re
import shutil

from labcache import LAB, LabError, cache_dir, command, digest, entry, locked, note

# kernel -> suite, suite of the build root, packages whose files make image and modules,
# header package. A name is a regular expression, the newest version counts.
KERNELS = {
    "6.1": {
        "suite": "bookworm", "root": "bookworm",
        "image": [r"linux-image-(6\.1\.\d+-\d+-amd64)"],
        "headers": "linux-headers-{}",
    },
    "6.12": {
        "suite": "trixie", "root": "trixie",
        "image": [r"linux-image-(6\.12\.\d+\+deb13-amd64)"],
        "headers": "linux-headers-{}",
    },
    "7.3": {
        "suite": "trixie-backports", "root": "trixie",
        "image": [r"linux-binary-(7\.3\.\d+\+deb13-amd64)", r"linux-modules-{}",
                  r"linux-base-{}"],
        "headers": "linux-headers-{}",
    },
}
SUITES = ["bookworm", "bookworm-security", "trixie", "trixie-backports"]

# What guests need; modules.dep adds what these depend on.
MODULES = """vfio vfio_pci vfio_pci_core vfio_iommu_type1 vfio_virqfd irqbypass
    virtio_iommu
    e1000 e1000e igb igbvf 8139too 8139cp nvme pci_stub virtio_pci
    virtio_net virtio_blk
    ext4 ext2 crc32c_intel crc32c_generic libcrc32c bridge bonding dummy""".split()
BUILD_TOOLS = """make dash bash coreutils sed grep findutils mawk diffutils tar gzip
    xz-utils base-files libc-bin kmod perl-base hostname binutils""".split()


def _mirrors():
    """(main URI, security URI or None, signing keyring) of the host's Debian sources."""
    out = command(["apt-get", "indextargets", "--format",
                   "$(ORIGIN)|$(CODENAME)|$(SITE)", "Created-By: Packages"])
    main = security = None
    for line in out.splitlines():
        origin, codename, site = (line.split("|") + ["", "", ""])[:3]
        if origin != "Debian" or not site:
            continue
        if codename.endswith("-security"):
            security = security or site
        else:
            main = main or site
    if not main:
        raise LabError("apt-get indextargets names no Debian mirror: run apt-get update")
    return main, security


def _sources():
    """sources.list lines, one per suite."""
    main, security = _mirrors()
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    by = f"[signed-by={keyring}] " if os.path.exists(keyring) else ""
    lines = {}
    for suite in SUITES:
        uri = security if suite.endswith("-security") else main
        if uri:
            lines[suite] = f"deb {by}{uri} {suite} main"
    return lines


def _apt_options():
    top = os.path.join(cache_dir(), "apt")
    for d in ("lists/partial", "cache/archives/partial", "etc"):
        os.makedirs(os.path.join(top, d), exist_ok=True)
    pathlib.Path(top, "status").touch()
    opts = {
        "Dir::State::Lists": f"{top}/lists", "Dir::State::status": f"{top}/status",
        "Dir::Cache": f"{top}/cache", "Dir::Etc::SourceList": f"{top}/etc/sources.list",
        "Dir::Etc::SourceParts": "/dev/null", "Dir::Etc::PreferencesParts": "/dev/null",
        "APT::Architecture": "amd64", "APT::Architectures::": "amd64",
        "APT::Sandbox::User": "root", "Acquire::Retries": "3",
    }
    return top, [x for k, v in opts.items() for x in ("-o", f"{k}={v}")]


@functools.lru_cache(maxsize=None)
def _apt():
    """Options of the private apt, its lists fetched once per process."""
    top, opts = _apt_options()
    with locked("apt"):
        text = "\n".join(_sources().values()) + "\n"
        pathlib.Path(top, "etc", "sources.list").write_text(text, encoding="ascii")
        note("fetching package lists")
        command(["apt-get", *opts, "-q", "update"])
    return opts


def _newest(opts, pattern):
    """(package, version, first group of the match) of the newest package of PATTERN."""
    prefix = re.split(r"[(\\\\{]", pattern)[0]
    names = [n for n in command(["apt-cache", *opts, "pkgnames", prefix]).split()
             if re.fullmatch(pattern, n)]
    rows = command(["apt-cache", *opts, "madison", *names]) if names else ""
    best = None
    for row in rows.splitlines():
        name, version = [x.strip() for x in row.split("|")[:2]]
        m = re.fullmatch(pattern, name)
        if best is None or _later(version, best[1]):
            best = (name, version, m.group(1) if m.groups() else "")
    if best is None:
        raise LabError(f"the mirror has no package {pattern}")
    return best


def _later(a, b):
    try:
        command(["dpkg", "--compare-versions", a, "gt", b])
        return True
    except LabError:
        return False


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
    for name in MODULES:
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
    """The folder of kernel NAME (vmlinuz, version, lib/modules), fetched when absent."""
    spec = KERNELS[name]

    def build(tmp):
        opts = _apt()
        note(f"fetching kernel {name}")
        _, pkgver, version = _newest(opts, spec["image"][0])
        unpacked = os.path.join(tmp, "unpacked")
        os.makedirs(unpacked)
        for pattern in spec["image"]:
            pkg = re.sub(r"\(.*\)", "{}", pattern).format(version)
            command(["apt-get", *opts, "-q", "download", f"{pkg}={pkgver}"], cwd=tmp)
        for deb in sorted(pathlib.Path(tmp).glob("*.deb")):
            command(["dpkg-deb", "-x", str(deb), unpacked])
        out = os.path.join(tmp, "out")
        _keep(unpacked, version, out)
        return out

    return entry(f"kernel-{name}-{digest(' '.join(MODULES))}", build)


def kernel_version(name):
    """What uname -r says in kernel NAME."""
    with open(os.path.join(kernel(name), "version"), encoding="ascii") as f:
        return f.read().strip()


def _root(name):
    """An unpacked root with the headers of kernel NAME and a compiler to use them."""
    spec = KERNELS[name]
    version = kernel_version(name)

    def build(tmp):
        if os.geteuid() != 0:
            raise LabError("building the force module needs root (it uses chroot)")
        headers = spec["headers"].format(version)
        note(f"unpacking a build root for {headers}")
        out = os.path.join(tmp, "root")
        lines = [v for k, v in _sources().items() if k.startswith(spec["root"])]
        command(["mmdebstrap", "--quiet", "--variant=extract", "--architectures=amd64",
                 f"--include={','.join([headers, *BUILD_TOOLS])}", spec["root"], out,
                 *lines])
        os.symlink("mawk", os.path.join(out, "usr/bin/awk"))  # no maintainer script ran
        return out

    return entry(f"root-{version}", build)


def force_module(name):
    """force_errno.ko for kernel NAME, built when its source or the kernel changed."""
    version = kernel_version(name)
    src = os.path.join(LAB, "force_errno")
    files = [pathlib.Path(src, f) for f in ("force_errno.c", "Kbuild")]

    def build(tmp):
        root = _root(name)
        note(f"building force_errno for {version}")
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
                     "/usr/bin/make", "-s", "-C",
                     f"/usr/src/linux-headers-{version}", "M=/build", "modules"],
                    env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})
            return shutil.copy(os.path.join(work, "force_errno.ko"), tmp)

    return entry(f"force_errno-{version}-{digest(*files)}.ko", build)
