#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Licence lines, words and names that have no place here, and clean line ends."""

import re
import sys

sys.dont_write_bytecode = True
import tree  # noqa: E402

# Licence texts, and formats without comments or whose bytes are the matter itself.
NO_LICENCE = re.compile(r"(^|/)(COPYING|NEWS|packages|\.gitignore)$|\.(json|md|gz|xz|bin|dat|aml)$|"
                        r"^tests/(dumps|fuzz)/")
LICENCE = re.compile(r"SPDX-License-Identifier: (\S+)")
LICENCES = {"LGPL-2.1-or-later"}
# A kernel module that uses GPL-only symbols.
KERNEL_MODULE = re.compile(r"^tests/lab/force_errno/")
# Code of virt-manager, and what becomes part of it.
VIRT_MANAGER = re.compile(r"^contrib/virt-manager/")

FORBIDDEN_NAMES = {"util", "utils", "misc", "manager", "common", "context", "helper", "helpers"}

# Written in two parts, so that this file has none of them.
FORBIDDEN = (
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b"), "unfinished work is an issue, not a comment"),
    (re.compile(r"\|\| t" r"rue\s*$"), "a failure is hidden"),
    (re.compile(r"(?<![\w.$}\"-])/wo" r"rk/\w"), "a path of somebody's machine"),
    (re.compile(r"\b(deb\.deb" r"ian\.org|ftp\.deb" r"ian\.org|registry\.np" r"mjs\.org|"
                r"pypi\.o" r"rg|snapshot\.deb" r"ian\.org)\b"), "a package registry's host name"),
)


def check_name(path):
    """Complaints about the words in a file's name."""
    words = re.split(r"[-_.]", path.split("/")[-1])
    return [f"{path}:1: a file called \"{word}\" says nothing" for word in words
            if word.lower() in FORBIDDEN_NAMES]


def check_licence(path, text):
    """Complaints about the line that names the licence."""
    if NO_LICENCE.search(path) or not text:
        return []
    found = LICENCE.search("\n".join(text.split("\n")[:5]))
    allowed = ({"GPL-2.0-only"} if KERNEL_MODULE.match(path) else
               {"GPL-2.0-or-later"} if VIRT_MANAGER.match(path) else LICENCES)
    if not found:
        return [f"{path}:1: no SPDX-License-Identifier in the first lines"]
    if found.group(1) not in allowed:
        return [f"{path}:1: {found.group(1)} is not the licence of this file"]
    return []


def check_lines(path, text):
    """Complaints about single lines."""
    said = []
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            said.append(f"{path}:{number}: white space at the end of the line")
        said += [f"{path}:{number}: {why}" for pattern, why in FORBIDDEN if pattern.search(line)]
    if text and not text.endswith("\n"):
        said.append(f"{path}:{text.count(chr(10)) + 1}: no newline at the end")
    if text.endswith("\n\n"):
        said.append(f"{path}:{text.count(chr(10))}: empty lines at the end")
    return said


def check(source):
    """Complaints about every text file."""
    said = []
    for path in source.paths:
        said += check_name(path)
        text = source.text(path)
        if text is None or path == "COPYING" or re.match(r"tests/(dumps|fuzz)/", path):
            continue
        said += check_licence(path, text)
        said += check_lines(path, text)
    return said


HEAD = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"
BAD = {
    "src/base/none.c": "int x;\n",
    "src/base/other.c": "/* SPDX-License-Identifier: MIT */\n",
    "tests/lab/force_errno/m.c": HEAD,
    "contrib/virt-manager/1.patch": HEAD,
    "src/base/string_utils.c": HEAD,
    "src/model/context.h": HEAD,
    "src/base/words.c": HEAD + "/* TO" "DO: more */\n/* FIX" "ME */\nint x; \nint y;\t\n",
    "tests/run.sh": "#!/bin/sh\n# SPDX-License-Identifier: LGPL-2.1-or-later\nfalse || t" "rue\n"
                    "cd /wo" "rk/main\nget deb.deb" "ian.org\n",
    "src/base/end.c": HEAD + "int x;",
    "src/base/empty.c": HEAD + "\n\n",
    "src/base/crlf.c": HEAD + "int x;\r\n",
}
WANTED = [
    "src/base/none.c:1: no SPDX", "src/base/other.c:1: MIT is not",
    "tests/lab/force_errno/m.c:1: LGPL", "contrib/virt-manager/1.patch:1: LGPL",
    "src/base/string_utils.c:1: a file called \"utils\"",
    "src/model/context.h:1: a file called", "src/base/words.c:2: unfinished",
    "src/base/words.c:3: unfinished", "src/base/words.c:4: white space",
    "src/base/words.c:5: white space", "tests/run.sh:3: a failure is hidden",
    "tests/run.sh:4: a path of", "tests/run.sh:5: a package registry",
    "src/base/end.c:2: no newline", "src/base/empty.c:3: empty lines",
    "src/base/crlf.c:2: white space",
]
GOOD = {
    "src/base/good.c": HEAD + 'x = "undo-XXXXXX"; /* utility, context of the rule */\n',
    "COPYING": "a licence \n",
    "tests/cases/a.json": "{}\n",
    "tests/lab/force_errno/m.c": "// SPDX-License-Identifier: GPL-2.0-only\n",
    "contrib/virt-manager/1.patch": "SPDX-License-Identifier: GPL-2.0-or-later\n",
    "tests/a.sh": "#!/bin/sh\n# SPDX-License-Identifier: LGPL-2.1-or-later\nx=\"$dir/work/a\"\n",
}

if __name__ == "__main__":
    sys.exit(tree.main(check, BAD, WANTED, GOOD))
