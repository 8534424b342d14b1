# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of Debian in a root and in namespaces of their own, on a host without an IOMMU.

The root is an overlay in memory over one that was unpacked; its /sys shows one network card
(DEVICE) and no IOMMU, its processors are this machine's. All of it goes with the namespaces.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from image import libraries
from labcache import LAB, LabError, command

DEVICE = "0000:00:03.0"


def isolated(script, unpacked, build, *words):
    """Exit status of SCRIPT, run as root of new namespaces with --inside LOWER TOP.

    LOWER is what unpacked() returns, TOP an empty folder; both are for prepare().
    """
    if os.geteuid() != 0:
        raise LabError("namespaces and a root of our own need root")
    lower, top = unpacked(), tempfile.mkdtemp()
    try:
        return subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child",
                               sys.executable, str(script), "--build", build, *words,
                               "--inside", str(lower), top], check=False).returncode
    finally:
        # Never more than the empty mount point: what was mounted there went with the namespace.
        os.rmdir(top)


def first_process(work):
    """Exit status of work() in a child, while this process is what the first one has to be.

    It waits for every orphan. Nobody else would, and libvirt, whose QEMUs are orphans, waits 40
    seconds for each that it killed to go.
    """
    child = os.fork()
    if child == 0:
        sys.exit(work())
    while True:
        gone, status = os.wait()
        if gone == child:
            return os.waitstatus_to_exitcode(status)


def prepare(lower, build, top, files):
    """The root below TOP: LOWER with the product, the nodes that programs need, and FILES."""
    _mount("--make-rprivate", "/")
    _mount("-t", "tmpfs", "tmpfs", top)
    root = pathlib.Path(top, "root")
    for name in ("root", "upper", "work", "sys"):
        os.mkdir(os.path.join(top, name))
    _mount("-t", "overlay", "overlay", "-o",
           f"lowerdir={lower},upperdir={top}/upper,workdir={top}/work", str(root))
    for name in ("proc", "sys", "dev", "run", "tmp"):
        (root / name).mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
    if not (root / "var/run").exists():
        (root / "var/run").symlink_to("/run")
    _mount("-t", "proc", "proc", str(root / "proc"))
    _nodes(root / "dev")
    _mount("--bind", _sysfs(os.path.join(top, "sys"), build), str(root / "sys"))
    _mount("--bind", "/sys/devices/system", str(root / "sys/devices/system"))
    _product(root, build)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    command(["chroot", str(root), "/sbin/ldconfig"])
    return root


def wait_for(path):
    """Until PATH is there; LabError after 20 seconds."""
    for _ in range(200):
        if path.exists():
            return
        time.sleep(0.1)
    raise LabError(f"{path} did not appear")


class Checks:
    """Counts what holds and says what does not."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def hold(self, title, condition, detail):
        """CONDITION is what was expected; DETAIL is what was seen."""
        self.passed, self.failed = self.passed + bool(condition), self.failed + (not condition)
        print(f"{'ok' if condition else 'FAIL'} {title}")
        if not condition:
            print(f"     {detail}")

    def status(self):
        """Prints the count; the exit status."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 0 if self.failed == 0 and self.passed > 0 else 1


def _mount(*words):
    command(["mount", *words])


def _sysfs(top, build):
    script = f""". {LAB}/../cli/tree.sh
trap - EXIT
rmdir "$scratch"
scratch={top}
tree_new host
tree_device {DEVICE} 020000 8086 10d3 - -
mkdir -p "$tree/sys/devices/system" """
    command(["sh", "-c", script], env=dict(os.environ, top_builddir=build))
    return os.path.join(top, "host", "sys")


def _product(root, build):
    """The program, with the libraries of this machine that the root lacks."""
    program = os.path.join(build, "iommu-diag")
    xml = [p for p in pathlib.Path("/usr/lib").glob("*-linux-gnu/libxml2.so.*")
           if re.fullmatch(r"libxml2\.so\.\d+", p.name)]
    for source in [program, *map(str, xml)]:
        for name, real in libraries(source):
            target = root / name.lstrip("/")
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(real, target)
    (root / "usr/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(program, root / "usr/bin/iommu-diag")


def _nodes(folder):
    _mount("-t", "tmpfs", "tmpfs", str(folder))
    for name, major, minor in (("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8),
                               ("urandom", 1, 9), ("tty", 5, 0)):
        os.mknod(folder / name, 0o020666, os.makedev(major, minor))
        os.chmod(folder / name, 0o666)  # whatever the umask
    (folder / "pts").mkdir()
    _mount("-t", "devpts", "devpts", str(folder / "pts"), "-o", "newinstance,ptmxmode=0666")
    (folder / "ptmx").symlink_to("pts/ptmx")
