# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private apt per architecture: packages of any suite, downloaded and unpacked, never
installed.

Its state lives in the cache folder; the mirror is the one that the host's own apt
configuration names, so no host name is written down here.
"""
import functools
import os
import pathlib
import re

from labcache import LabError, cache_dir, command, locked, note

SUITES = ["bookworm", "bookworm-security", "trixie", "trixie-backports"]


def _mirrors():
    """(main URI, security URI or None) of the host's Debian sources."""
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


def sources(suites=tuple(SUITES)):
    """{suite: its line of sources.list}"""
    main, security = _mirrors()
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    by = f"[signed-by={keyring}] " if os.path.exists(keyring) else ""
    lines = {}
    for suite in suites:
        uri = security if suite.endswith("-security") else main
        if uri:
            lines[suite] = f"deb {by}{uri} {suite} main"
    return lines


def extract(packages, out):
    """Unpack PACKAGES of bookworm, for this machine, with all they need into a new root OUT."""
    lines = [v for k, v in sources().items() if k.startswith("bookworm")]
    command(["mmdebstrap", "--quiet", "--variant=extract", f"--include={','.join(packages)}",
             "bookworm", out, *lines])


def _apt_options(folder, arch):
    top = os.path.join(cache_dir(), folder)
    for d in ("lists/partial", "cache/archives/partial", "etc"):
        os.makedirs(os.path.join(top, d), exist_ok=True)
    pathlib.Path(top, "status").touch()
    opts = {
        "Dir::State::Lists": f"{top}/lists", "Dir::State::status": f"{top}/status",
        "Dir::Cache": f"{top}/cache", "Dir::Etc::SourceList": f"{top}/etc/sources.list",
        "Dir::Etc::SourceParts": "/dev/null", "Dir::Etc::PreferencesParts": "/dev/null",
        "APT::Architecture": arch, "APT::Architectures::": arch,
        "APT::Sandbox::User": "root", "Acquire::Retries": "3",
    }
    return top, [x for k, v in opts.items() for x in ("-o", f"{k}={v}")]


@functools.lru_cache(maxsize=None)
def apt(arch, suites=tuple(SUITES)):
    """Options of the private apt, its lists fetched once per process."""
    folder = f"apt-{arch}" if suites == tuple(SUITES) else f"apt-{arch}-{'-'.join(suites)}"
    top, opts = _apt_options(folder, arch)
    with locked(folder):
        text = "\n".join(sources(suites).values()) + "\n"
        pathlib.Path(top, "etc", "sources.list").write_text(text, encoding="ascii")
        note(f"fetching package lists ({arch})")
        command(["apt-get", *opts, "-q", "update"])
    return opts


def newest(arch, pattern):
    """(package, version, first group of the match) of the newest package of PATTERN."""
    opts = apt(arch)
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


def unpack(arch, packages, tmp, suites=tuple(SUITES)):
    """Download PACKAGES (name, name=version or name/suite) and unpack all of them.

    Returns the folder in TMP that has their files.
    """
    for pkg in packages:
        command(["apt-get", *apt(arch, suites), "-q", "download", pkg], cwd=tmp)
    return _unpack_all(tmp)


def unpack_whole(arch, package, suite, tmp):
    """Like unpack(), PACKAGE of SUITE with all that it depends on, the C library too."""
    opts = apt(arch)
    os.makedirs(os.path.join(tmp, "partial"))
    with locked(f"apt-{arch}"):
        command(["apt-get", *opts, "-q", "-y", "--no-install-recommends",
                 "-o", f"Dir::Cache::archives={tmp}", "-t", suite, "--download-only",
                 "install", package])
    return _unpack_all(tmp)


def _unpack_all(tmp):
    """The folder in TMP with the files of all packages there; they are removed."""
    out = os.path.join(tmp, "unpacked")
    os.makedirs(out)
    for deb in sorted(pathlib.Path(tmp).glob("*.deb")):
        command(["dpkg-deb", "-x", str(deb), out])
        deb.unlink()
    return out
