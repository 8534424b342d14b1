#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Are the places that the rules follow in a kernel tree? Prints what drifted, and counts.

	make kb-verify KSRC=DIR        what src/rules/rules-sources.awk prints, looked up in DIR

The first name of a place must be defined in its file, that is stand in a line that begins at the
margin; the others must be words of it. A place is excused where its comment names kernels, or
else the rule does, and this tree is none of them. Drift is no failure: it says what to read again.
"""

import collections
import io
import os
import re
import sys
import tempfile

RANGE = re.compile(r"(?=-?\d)(\d+\.\d+)?-?(\d+\.\d+)?$")
OTHER = re.compile(r"(QEMU|libvirt) ")
KINDS = ("found", "moved", "file missing", "name missing", "excused", "not in the kernel tree")


def version_of(tree):
    """(major, minor) that a kernel tree's Makefile names; None where it is none."""
    try:
        with open(os.path.join(tree, "Makefile"), encoding="utf-8") as file:
            head = file.read(4096)
    except OSError:
        return None
    found = [re.search(rf"(?m)^{word} = (\d+)$", head) for word in ("VERSION", "PATCHLEVEL")]
    return tuple(int(f.group(1)) for f in found) if all(found) else None


def is_within(version, text):
    """Whether a version is in one of "6.1", "-6.6", "6.7-", "6.1-6.6"; None without any."""
    ranges = [part for part in re.split(r",\s*", text) if RANGE.match(part)]
    for part in ranges:
        ends = [tuple(int(n) for n in end.split(".")) if end else None for end in part.split("-")]
        first, last = ends[0], ends[-1]
        if (first is None or version >= first) and (last is None or version <= last):
            return True
    return False if ranges else None


def read(path):
    """A file's text; None where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def missing_names(text, names):
    """Those of the names that the text does not have; the first must be defined in it."""
    patterns = [rf"(?m)^(?![\s/*]).*\b{names[0]}\b"] + [rf"\b{name}\b" for name in names[1:]]
    return [name for name, pattern in zip(names, patterns) if not re.search(pattern, text)]


def found_beside(path, names):
    """Another source of the same folder, or of the one above, that has all of the names."""
    for folder in (os.path.dirname(path), os.path.dirname(os.path.dirname(path))):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            other = os.path.join(folder, name)
            if name.endswith((".c", ".h")) and not missing_names(read(other) or "", names):
                return other
    return None


def judge(tree, version, place):
    """One of KINDS, and what to say of it, about one line of rules-sources.awk."""
    _, kernel, file, names, comment = place
    if file == "VFS" or OTHER.match(comment):
        return "not in the kernel tree", ""
    within = is_within(version, comment)
    if (is_within(version, kernel) if within is None else within) is False:
        return "excused", ""
    path = os.path.join(tree, file)
    text, names = read(path), names.split(", ")
    missing = names if text is None else missing_names(text, names)
    if not missing:
        return "found", ""
    other = found_beside(path, names)
    if other:
        return "moved", f"{names[0]} is in {os.path.relpath(other, tree)}"
    return ("file missing", "") if text is None else ("name missing", ", ".join(missing))


def verify(tree, lines, output):
    """Prints the drift and the counts; 2 where there is no tree or nothing to look up."""
    version = version_of(tree)
    places = [line.rstrip("\n").split("\t") for line in lines]
    if not version or not places:
        print(f"kb-verify: {tree or 'KSRC'}: " + ("no rules were read" if version else
              "not a kernel tree; use: make kb-verify KSRC=DIR"), file=sys.stderr)
        return 2
    counts = collections.Counter()
    for place in places:
        kind, what = judge(tree, version, place)
        counts[kind] += 1
        if kind in ("moved", "file missing", "name missing"):
            print(f"{kind}: {place[0]}: {place[2]} {what}".rstrip(), file=output)
    print(f"kernel {version[0]}.{version[1]}: {len(places)} places of "
          f"{len({place[0] for place in places})} rules: " +
          ", ".join(f"{counts[kind]} {kind}" for kind in KINDS), file=output)
    return 0


EXAMPLE = {
    "Makefile": "# head\nVERSION = 6\nPATCHLEVEL = 12\n",
    "drivers/vfio/group.c": "static int\nopen_it(void)\n{\n\tcalled();\n\towner_cnt++;\n}\n",
    "drivers/vfio/main.c": "struct a *get(int x)\n{\n}\n",
    "drivers/vfio/pci/core.c": "/* get2 */\n",
}
PLACES = """
a||drivers/vfio/group.c|open_it, owner_cnt|why
b||drivers/vfio/group.c|called|
c||drivers/vfio/group.c|open_it, owner|
d||drivers/vfio/group.c|get|
e||drivers/vfio/pci/gone.c|get|
f||drivers/vfio/gone.c|nothing|
g|-6.1|drivers/vfio/gone.c|nothing|
h|6.13-|drivers/vfio/group.c|open_it|6.1, 6.12
i|6.12|drivers/vfio/gone.c|nothing|6.1, and later
j|6.2-6.12|drivers/vfio/gone.c|nothing|
k||VFS||why
"""
SAID = """
name missing: b: drivers/vfio/group.c called
name missing: c: drivers/vfio/group.c owner
moved: d: drivers/vfio/group.c get is in drivers/vfio/main.c
moved: e: drivers/vfio/pci/gone.c get is in drivers/vfio/main.c
file missing: f: drivers/vfio/gone.c
file missing: j: drivers/vfio/gone.c
kernel 6.12: 11 places of 11 rules: 2 found, 2 moved, 2 file missing, 2 name missing, 2 excused, \
1 not in the kernel tree
"""


def self_test():
    """The example must be judged as it says."""
    with tempfile.TemporaryDirectory() as tree:
        for path, text in EXAMPLE.items():
            os.makedirs(os.path.dirname(os.path.join(tree, path)), exist_ok=True)
            with open(os.path.join(tree, path), "w", encoding="utf-8") as file:
                file.write(text)
        said = io.StringIO()
        status = verify(tree, PLACES.strip().replace("|", "\t").split("\n"), said)
        if status or said.getvalue().strip() != SAID.strip():
            print(f"verify.py: exit {status}, and said:\n{said.getvalue()}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else
             verify(sys.argv[1] if len(sys.argv) > 1 else "", sys.stdin, sys.stdout))
