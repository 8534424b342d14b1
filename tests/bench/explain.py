#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times `iommu-diag explain` beside `grep -F -f` with the same literals, on logs of 100 MB.

    tests/bench/explain.py [--program=PATH] [--megabytes=N] [--runs=N]

Three logs: lines of healthy hosts; every second line one of the corpus (tests/corpus/own.jsonl);
nothing but lines that match. Prints medians of alternating runs, and the ratio (wanted: 3 or
better). grep is given the longest literal piece of every pattern, as the matcher is; it tells
upper from lower case, which `explain` does not, and only counts: writing its lines out would be a
handicap. Needs no root.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]


def literals():
    """The longest literal piece of every pattern in the rules."""
    found = set()
    for path in sorted((TOP / "src/rules").glob("*.rules")):
        if not path.name.startswith(("text-", "log")):
            continue
        for pattern in re.findall(r"(?m)^Pattern: (.+)$", path.read_text(encoding="utf-8")):
            found.add(max(re.split(r"[*#@]", pattern), key=len))
    return sorted(found)


def lines_of(kind):
    """The lines that a log of this kind repeats."""
    corpus = TOP / "tests/corpus"
    healthy = [line for line in (corpus / "healthy.txt").read_text(encoding="utf-8").splitlines()
               if not line.startswith("#")]
    texts = [json.loads(line)["text"] for line in
             (corpus / "own.jsonl").read_text(encoding="utf-8").splitlines()
             if line.startswith("{")]
    errors = [line for text in texts for line in text.splitlines()]
    if kind == "common":
        return healthy
    if kind == "half":
        return [line for pair in zip(errors, healthy * (len(errors) // len(healthy) + 1))
                for line in pair]
    wanted = [literal.lower() for literal in literals()]
    return [line for line in errors if any(literal in line.lower() for literal in wanted)]


def write_log(path, kind, size):
    """A log of @size bytes whose lines differ in their times and addresses."""
    lines, n = lines_of(kind), 0
    with open(path, "w", encoding="utf-8") as log:
        while log.tell() < size:
            block = []
            for line in lines:
                n += 1
                moved = line.replace("0000:41:00", f"0000:{n % 200:02x}:00")
                block.append(f"[{n / 1000:12.6f}] host{n % 7} {moved}\n")
            log.write("".join(block))


def timed(command):
    """Processor seconds of one run; a busy machine does not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    status = subprocess.run(command, stdout=subprocess.PIPE, check=False,
                            env={**os.environ, "LC_ALL": "C"}).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status not in (0, 1, 4):
        raise SystemExit(f"explain.py: {command[0]} ended with {status}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="./iommu-diag")
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        words, log = folder + "/literals", folder + "/log"
        pathlib.Path(words).write_text("\n".join(literals()) + "\n", encoding="utf-8")
        print(f"{len(literals())} literals, {arguments.megabytes} MB, "
              f"medians of {arguments.runs} runs")
        for kind in ("common", "half", "every"):
            write_log(log, kind, arguments.megabytes * 1000000)
            grep, explain = [], []
            for _ in range(arguments.runs):
                grep.append(timed(["grep", "-F", "-c", "-f", words, log]))
                explain.append(timed([arguments.program, "explain", "--json", "--file", log]))
            base, own = statistics.median(grep), statistics.median(explain)
            print(f"{kind:8} grep {base:6.2f} s   explain {own:6.2f} s   ratio {own / base:5.2f}")


if __name__ == "__main__":
    main()
