# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's cache folder: where it is, its lock, and how an entry appears at once.

Everything in it can be rebuilt from Debian's mirror; removing it is always safe.
"""
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile


class LabError(Exception):
    """Something the lab itself could not do; the text is for a person."""


LAB = os.path.dirname(os.path.realpath(__file__))


def cache_dir():
    """The cache folder, created on first use."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = os.environ.get("IOMMU_DIAG_CACHE") or os.path.join(base, "iommu-diag")
    path = os.path.abspath(path)
    os.makedirs(path, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(name):
    """Hold the lock NAME of the cache: two labs never build the same thing twice."""
    with open(os.path.join(cache_dir(), f".{name}.lock"), "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def entry(name, build):
    """The cache entry NAME (a file or folder); build(tmp) makes it when it is absent.

    build gets the path of a temporary folder and returns the path, inside it, of what
    becomes the entry. The rename is atomic, so a killed build leaves no half entry.
    """
    path = os.path.join(cache_dir(), name)
    if os.path.exists(path):
        return path
    with locked(name.replace("/", "_")):
        if os.path.exists(path):
            return path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        tmp = tempfile.mkdtemp(prefix=".tmp-", dir=cache_dir())
        try:
            os.chmod(tmp, 0o755)
            os.rename(build(tmp), path)
        finally:
            shutil.rmtree(tmp, ignore_errors=True)
    return path


def digest(*parts):
    """A short hash of byte strings, texts and the contents of files (os.PathLike)."""
    h = hashlib.sha256()
    for p in parts:
        if isinstance(p, os.PathLike):
            with open(p, "rb") as f:
                p = f.read()
        elif isinstance(p, str):
            p = p.encode()
        h.update(len(p).to_bytes(8, "little"))
        h.update(p)
    return h.hexdigest()[:16]


def note(text):
    """Say what takes long, on standard error."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


def command(argv, **kw):
    """Run a program; its output is shown only when it fails."""
    r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       stdin=subprocess.DEVNULL, check=False, **kw)
    if r.returncode:
        raise LabError(f"{' '.join(argv)}: exit {r.returncode}\n{r.stdout}")
    return r.stdout
