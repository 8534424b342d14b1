#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each folder of src/ includes lower floors only; libraries and the environment stay in place."""

import re
import sys

sys.dont_write_bytecode = True
import tree  # noqa: E402  (after the line that keeps the source folder clean)

FLOORS = (
    ("base",), ("model",), ("host", "domain", "vfio", "rules", "trace"), ("trial", "diagnosis"), ("worker",),
    ("check",), ("report", "varlink"), ("iommu-diag", "iommu-diagd"),
)
RANK = {folder: rank for rank, floor in enumerate(FLOORS) for folder in floor}

# Header of an outside library -> the folders that may include it.
LIBRARIES = (
    (r"json-c/|json\.h$", {"report", "varlink"}),
    (r"libudev\.h$", {"host"}),
    (r"blkid\.h$", {"host"}),
    (r"netlink/|linux/rtnetlink\.h$", {"host"}),
    (r"systemd/sd-(journal|id128|messages)\.h$", {"host", "iommu-diag", "iommu-diagd"}),
    (r"systemd/", {"iommu-diagd"}),
    (r"libxml/", {"domain"}),
    (r"(tracefs|traceevent)/", {"trace"}),
    (r"linux/(vfio|iommufd)\.h$", {"vfio"}),
)

PROGRAMS = {"iommu-diag", "iommu-diagd"}
SILENT = {"base", "model", "host", "domain", "vfio", "rules", "trace", "trial", "diagnosis"}
# A process of its own, which is left behind where the kernel does not answer.
ENDS_ITSELF = "src/host/detached.c"
ENVIRONMENT = re.compile(r"\b(secure_)?getenv\s*\(|\benviron\b")
LOUD = re.compile(r"\b(v?printf|puts|putchar|perror|v?syslog|sd_journal_(print|send)\w*|"
                  r"exit|_exit|_Exit|abort|err|errx|warn|warnx)\s*\(|\b(stdout|stderr)\b")


def check_include(folder, target, angled):
    """What is wrong with one include of a file in @folder, or None."""
    if angled:
        for pattern, folders in LIBRARIES:
            if re.match(pattern, target):
                return None if folder in folders else f"<{target}> has no place in {folder}/"
        return None
    other = target.split("/")[0] if "/" in target else None
    if target == "config.h" or other == folder:
        return None
    if other is None:
        return f'"{target}": includes are written "floor/file.h"'
    if other not in RANK:
        return f'"{target}" is on no floor'
    if RANK[other] == RANK[folder]:
        return f'"{target}": {folder}/ and {other}/ are siblings'
    if RANK[other] > RANK[folder]:
        return f'"{target}": {other}/ stands above {folder}/'
    return None


def check_code(path, folder, line):
    """What is wrong with one line of code, comments and strings blanked, or None."""
    if path == ENDS_ITSELF:
        line = re.sub(r"\b_exit\b", "", line)
    if folder not in PROGRAMS and ENVIRONMENT.search(line):
        return "only programs read the environment"
    if folder in SILENT and LOUD.search(line):
        return f"{folder}/ never prints, logs or exits"
    return None


def check(source):
    """Complaints about every file in src/."""
    said = []
    for path in source.matching(r"^src/[^/]+/.*\.(c|h|def)$"):
        folder = path.split("/")[1]
        if folder not in RANK:
            said.append(f"{path}:1: {folder}/ is on no floor")
            continue
        text = source.text(path)
        bare = tree.bare_c(text).split("\n")
        for number, line in enumerate(text.split("\n")):
            include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if include:
                wrong = check_include(folder, include.group(2), include.group(1) == "<")
            else:
                wrong = check_code(path, folder, bare[number])
            if wrong:
                said.append(f"{path}:{number + 1}: {wrong}")
    return said


BAD = {
    "src/model/a.c": '#include "host/b.h"\n#include "trial/c.h"\n#include <json-c/json.h>\n',
    "src/host/b.c": '#include "vfio/d.h"\n#include "b.h"\nx = getenv("HOME");\n',
    "src/trial/c.c": 'exit(1);\nfprintf(stderr, "x");\n#include <linux/vfio.h>\n',
    "src/report/d.c": '#include <libudev.h>\n#include "nowhere/x.h"\n',
    "src/worker/e.c": '#include "check/check.h"\nx = secure_getenv("A");\n',
    "src/base/f.h": "void f(void) { printf(1); }\n",
    "src/lib/g.c": "int g;\n",
}
WANTED = [
    "src/model/a.c:1: \"host/b.h\": host/ stands above model/", "src/model/a.c:2:",
    "src/model/a.c:3: <json-c/json.h> has no place in model/",
    "src/host/b.c:1: \"vfio/d.h\": host/ and vfio/ are siblings", "src/host/b.c:2:",
    "src/host/b.c:3: only programs", "src/trial/c.c:1: trial/ never", "src/trial/c.c:2:",
    "src/trial/c.c:3:", "src/report/d.c:1:", "src/report/d.c:2: \"nowhere/x.h\" is on no floor",
    "src/worker/e.c:1:", "src/worker/e.c:2:", "src/base/f.h:1:", "src/lib/g.c:1:",
]
GOOD = {
    "src/trial/a.c": '#include <errno.h>\n#include "trial/a.h"\n#include "host/b.h"\n'
                     '/* exit() and getenv() */\nfprintf(out, "stderr, exit(1)");\n',
    "src/iommu-diag/main.c": '#include "report/a.h"\nx = getenv("NO_COLOR"); exit(2);\n',
    "src/host/b.c": "#include <libudev.h>\n#include <systemd/sd-journal.h>\n",
    "src/worker/c.c": "_exit(0);\n",
    ENDS_ITSELF: "_exit(0);\n",
}

if __name__ == "__main__":
    sys.exit(tree.main(check, BAD, WANTED, GOOD))
