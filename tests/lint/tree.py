# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the lints share: the files of a source tree, and how a lint runs and tests itself.

A lint is a function check(tree) that returns complaints, "PATH:LINE: what is wrong", and three
examples: files that are wrong, what is to be said about them, and files that are right.
"""

import os
import re
import subprocess
import sys
import tempfile

# Made by autotools or by a build; in a tarball they stand beside the sources.
GENERATED = re.compile(
    r"^(aclocal\.m4|configure~?|config\.h(\.in~?)?|config\.(log|status)|Makefile(\.in)?|INSTALL|"
    r"ar-lib|compile|depcomp|install-sh|missing|test-driver|stamp-h1|libtool|.*\.(log|trs|o|a)|"
    r"src/rules/rules_table\.c|man/iommu-diag-verdicts\.7|"
    r"(build-aux|m4|autom4te\.cache|build[^/]*|_build|_inst)/.*|(.*/)?(\.deps|__pycache__)/.*)$")


class Tree:
    """The tracked files of a repository, or the sources in an unpacked tarball."""

    def __init__(self, root, tracked=False):
        self.root = root
        self.tracked = tracked
        self.paths = sorted(path for path in self._find() if not GENERATED.match(path))

    def _find(self):
        if os.path.exists(os.path.join(self.root, ".git")):
            listed = subprocess.run(["git", "-C", self.root, "ls-files", "-z"],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            if listed.returncode == 0:
                self.tracked = True
                names = listed.stdout.decode("utf-8", "surrogateescape").split("\0")
                return [n for n in names if n and os.path.isfile(os.path.join(self.root, n))]
        return self._walk()

    def _walk(self):
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f != ".git" and
                          # A tree that is configured in place of itself, such as distcheck's.
                          not os.path.exists(os.path.join(folder, f, "config.status"))]
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    found.append(os.path.relpath(path, self.root))
        return found

    def bytes(self, path):
        """The content of a file."""
        with open(os.path.join(self.root, path), "rb") as file:
            return file.read()

    def text(self, path):
        """The content as text; None where it is binary."""
        data = self.bytes(path)
        if b"\0" in data:
            return None
        return data.decode("utf-8", "replace")

    def matching(self, pattern):
        """The paths that fit a regular expression."""
        return [path for path in self.paths if re.search(pattern, path)]

    def is_script(self, path):
        """Whether it is run by an interpreter that it names itself."""
        return self.bytes(path)[:2] == b"#!"


def bare_c(text):
    """C without what stands in comments and strings; every line keeps its number."""
    def blank(match):
        part = match.group(0)
        if part[0] in "\"'":
            return part[0] * 2
        return re.sub(r"[^\n]+", " ", part)
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def _write(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8", newline="") as file:
            file.write(text)


def self_test(check, bad, wanted, good):
    """Whether the lint finds exactly what is wrong, and nothing in what is right."""
    failures = []
    with tempfile.TemporaryDirectory() as root:
        _write(root, bad)
        said = check(Tree(root, tracked=True))
    failures += [f"not found: {want}" for want in wanted if not any(want in s for s in said)]
    failures += [f"found for no reason: {s}" for s in said if not any(w in s for w in wanted)]
    with tempfile.TemporaryDirectory() as root:
        _write(root, good)
        failures += [f"found in what is right: {s}" for s in check(Tree(root, tracked=True))]
    if not wanted or not good:
        failures.append("the lint has no examples")
    return failures


def main(check, bad, wanted, good):
    """Runs the lint over $top_srcdir, or over its own examples with --self-test."""
    if sys.argv[1:] == ["--self-test"]:
        said = self_test(check, bad, wanted, good)
    elif len(sys.argv) == 1:
        tree = Tree(os.environ.get("top_srcdir", "."))
        said = check(tree) if tree.paths else ["no files to look at"]
    else:
        said = ["usage: [--self-test]"]
    for line in said:
        print(line)
    return 1 if said else 0
