#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every source is in the fragment of its folder, and every file in the tarball."""

import os
import re
import sys

sys.dont_write_bytecode = True
import tree  # noqa: E402

# Not part of a tarball, or taken along by automake itself.
UNLISTED = re.compile(r"^(\.gitignore|configure\.ac|Makefile\.am|COPYING|NEWS)$|\.am$|"
                      r"(^|/)\.gitignore$")


def words_of(text):
    """The words of a Makefile fragment, continuation lines joined, comments left out."""
    text = re.sub(r"(?m)^\s*#.*$", "", text)
    return set(text.replace("\\\n", " ").replace("=", " = ").split())


def is_named(path, words):
    """Whether the file, or a folder that it is in, is one of the words."""
    while path:
        if path in words:
            return True
        path = os.path.dirname(path)
    return False


def check(source):
    """Complaints about files that no list has, and about names that no file has."""
    said = []
    everywhere = set()
    for path in source.matching(r"\.am$"):
        everywhere |= words_of(source.text(path))
    for path in source.paths:
        fragment = "/".join(path.split("/")[:2]) + "/Makemodule.am"
        if re.match(r"src/[^/]+/[^/]+\.(c|h|def|rules|awk)$", path):
            words = words_of(source.text(fragment)) if fragment in source.paths else set()
            if path not in words:
                said.append(f"{path}:1: not listed in {fragment}")
        # In a tarball that was built in place there are programs too.
        elif source.tracked and not UNLISTED.search(path) and not is_named(path, everywhere):
            said.append(f"{path}:1: no Makefile fragment takes it into the tarball")
    known = set(source.paths)
    said += [f"{word}:1: listed in a fragment, and not there" for word in sorted(everywhere)
             if re.match(r"(src|tests)/[\w./-]+\.(c|h|def)$", word) and word not in known and
             not tree.GENERATED.match(word)]
    return said


BAD = {
    "src/base/Makemodule.am": "libx_a_SOURCES += \\\n\tsrc/base/a.c \\\n\tsrc/base/gone.h\n"
                              "# src/base/c.h\n",
    "src/base/a.c": "", "src/base/b.c": "", "src/base/c.h": "",
    "src/model/d.c": "",
    "tests/unit/t.c": "", "tests/lab/run": "",
}
WANTED = [
    "src/base/b.c:1: not listed in src/base/Makemodule.am", "src/base/c.h:1: not listed",
    "src/model/d.c:1: not listed in src/model/Makemodule.am", "tests/unit/t.c:1: no Makefile",
    "tests/lab/run:1: no Makefile", "src/base/gone.h:1: listed in a fragment, and not there",
]
GOOD = {
    "Makefile.am": "EXTRA_DIST = README.md tests/lab\ninclude src/base/Makemodule.am\n",
    "README.md": "", "configure.ac": "", "tests/lab/run": "", "tests/lab/guest/init": "",
    "src/base/Makemodule.am": "libx_a_SOURCES += src/base/a.c \\\n\tsrc/base/a.h\n",
    "src/base/a.c": "", "src/base/a.h": "",
}

if __name__ == "__main__":
    sys.exit(tree.main(check, BAD, WANTED, GOOD))
