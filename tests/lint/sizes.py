#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No source file over 600 lines, no function over 80."""

import ast
import re
import sys

sys.dont_write_bytecode = True
import tree  # noqa: E402

FILE_LINES = 600
FUNCTION_LINES = 80


def brace_functions(lines):
    """(line, length) of what stands between { and } in column 0: functions of C and of shell."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.rstrip() == "{":
            start = number
        elif start and line.startswith("}"):
            yield start, number - start - 1
            start = None


def python_functions(path, text):
    """(line, length) of every function of a Python file."""
    for node in ast.walk(ast.parse(text, path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno


def is_python(source, path):
    """By its name, or by the interpreter that it asks for."""
    return path.endswith(".py") or (source.is_script(path) and
                                    b"python" in source.bytes(path).split(b"\n")[0])


def check(source):
    """Complaints about every source file and script."""
    said = []
    for path in source.paths:
        if not re.search(r"\.(c|h|py|sh|awk)$", path) and not source.is_script(path):
            continue
        text = source.text(path)
        lines = text.rstrip("\n").split("\n")
        if len(lines) > FILE_LINES:
            said.append(f"{path}:1: {len(lines)} lines, at most {FILE_LINES}")
        functions = (python_functions(path, text) if is_python(source, path)
                     else brace_functions(lines))
        said += [f"{path}:{line}: a function of {length} lines, at most {FUNCTION_LINES}"
                 for line, length in functions if length > FUNCTION_LINES]
    return said


BAD = {
    "src/base/long.c": "int x;\n" * 601,
    "src/base/function.c": "int f(void)\n{\n" + "\tx++;\n" * 81 + "}\n",
    "tests/lab/long.py": "x = 1\n" * 601,
    "tests/lab/function.py": "def f():\n" + "    x = 1\n" * 81,
    "tests/lab/run": "#!/usr/bin/env python3\ndef f():\n" + "    x = 1\n" * 81,
    "tests/cli/function.sh": "f()\n{\n" + "\t:\n" * 81 + "}\n",
}
WANTED = [
    "src/base/long.c:1: 601 lines", "src/base/function.c:2: a function of 81 lines",
    "tests/lab/long.py:1:", "tests/lab/function.py:1:", "tests/lab/run:2:",
    "tests/cli/function.sh:2:",
]
GOOD = {
    "src/base/long.c": "int x;\n" * 600,
    "src/base/function.c": "int f(void)\n{\n" + "\tx++;\n" * 80 + "}\n",
    "src/base/table.c": "static int t[] = {\n" + "\t1,\n" * 200 + "};\n",
    "tests/lab/function.py": "def f():\n" + "    x = 1\n" * 80,
    "README.md": "a line\n" * 700,
}

if __name__ == "__main__":
    sys.exit(tree.main(check, BAD, WANTED, GOOD))
