#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every header has its guard, and a comment above each block of prototypes."""

import re
import sys

sys.dont_write_bytecode = True
import tree  # noqa: E402

PROTOTYPE = re.compile(r"^(?!typedef|static|return|struct \w+ \{|#)(?:extern\s+)?"
                       r"[A-Za-z_][\w\s*]*?\b(\w+)\s*\(")


def blocks(text):
    """(first line number, lines) of what stands between empty lines."""
    block, start = [], 1
    for number, line in enumerate(text.split("\n") + [""], 1):
        if line.strip():
            if not block:
                start = number
            block.append(line)
        elif block:
            yield start, block
            block = []


def check_block(path, start, block):
    """The first declaration of a block that no comment explains, or nothing."""
    bare = tree.bare_c("\n".join(block)).split("\n")
    explained = False
    depth = 0
    for offset, line in enumerate(block):
        if "/*" in line or "//" in line:
            explained = True
        code = bare[offset]
        found = PROTOTYPE.match(code) if depth == 0 else None
        rest = "\n".join(bare[offset:])
        # A macro's call or an attribute is no prototype; a prototype ends with a semicolon.
        if found and not explained and re.match(r"[^{;]*;", rest):
            return [f"{path}:{start + offset}: {found.group(1)}() has no comment above it"]
        depth += code.count("{") - code.count("}")
    return []


def check(source):
    """Complaints about every header in src/."""
    said = []
    for path in source.matching(r"^src/.*\.h$"):
        text = source.text(path)
        guard = re.sub(r"\W", "_", path.split("/")[-1]).upper()
        if not re.search(rf"^#ifndef (\w*{guard})\n#define \1\n", text, re.M):
            said.append(f"{path}:1: no guard that ends with {guard}")
        for start, block in blocks(text):
            said += check_block(path, start, block)
    return said


GUARD = "#ifndef BASE_A_H\n#define BASE_A_H\n\n%s\n#endif\n"
BAD = {
    "src/base/a.h": GUARD % ("int first(void);\n\n/* Explained. */\nint second(int x);\n\n"
                             "struct thing *third(const char *name,\n\t\t    int size);\n"),
    "src/model/b.h": "#ifndef C_H\n#define C_H\n#endif\n",
    "src/model/d.h": "#ifndef D_H\n#define E_D_H\n#endif\n",
}
WANTED = [
    "src/base/a.h:4: first() has no comment", "src/base/a.h:9: third() has no comment",
    "src/model/b.h:1: no guard that ends with B_H", "src/model/d.h:1: no guard",
]
GOOD = {
    "src/base/a.h": GUARD % (
        "/* What it does. */\nint first(void);\nint again(void);\n\n"
        "struct thing {\n\tint (*call)(void);\n\tint x;\n};\n\n"
        "static inline int inside(int x)\n{\n\treturn f(x);\n}\n\n"
        "#define CALL(x) \\\n\tf(x)\n\nenum a { A, B };\n"),
}

if __name__ == "__main__":
    sys.exit(tree.main(check, BAD, WANTED, GOOD))
