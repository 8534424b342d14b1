#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How often `iommu-diag explain` names the root cause of real error texts.

    tests/corpus/score.py [--program=PATH] [--least=PERCENT] [--details] [-v] FILE...

FILE holds one JSON object a line (comments begin with "#") with "text", "verdict" and "accepted" (other ids that a
reader of the text alone may fairly give); "bdf", "group", "errno" and "step" where the text
names them. Prints top-1 and top-2 (only the verdict counts), the confusions, and how often
device, group, errno and step agree where the answer is right. The corpus itself is not part
of this tree. Exit status: 1 where top-1 is below PERCENT, or with --details where a detail
that a label names is missing.
"""

import argparse
import collections
import json
import subprocess
import sys


def explain(program, text):
    """The findings for one text; an answer that breaks the contract is an error."""
    run = subprocess.run([program, "explain", "--json", "-"], input=text.encode(),
                         capture_output=True, timeout=60, check=False)
    if run.returncode not in (0, 4):
        sys.exit(f"score: {program}: status {run.returncode} for {text!r}")
    findings = json.loads(run.stdout)["findings"]
    if (findings[0]["verdict"] == "unknown") != (run.returncode == 4):
        sys.exit(f"score: {program}: status {run.returncode} for {findings[0]['verdict']}")
    return findings


def ids(findings):
    """The verdicts in their order, each once."""
    return list(dict.fromkeys(finding["verdict"] for finding in findings))


def compare_details(entry, finding, details):
    """Counts what agrees of what the label names."""
    wanted = entry.get("bdf") or []
    if wanted:
        details["device"].append(finding["device"] in wanted)
    for name in ("group", "errno", "step"):
        if entry.get(name) is not None:
            details[name].append(finding[name] == entry[name])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="./iommu-diag")
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("--details", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("file", nargs="+")
    arguments = parser.parse_args()
    n = strict = first = second = 0
    confusions = collections.Counter()
    details = collections.defaultdict(list)
    for path in arguments.file:
        with open(path, encoding="utf-8") as stream:
            entries = [json.loads(line) for line in stream
                       if line.strip() and not line.startswith("#")]
        for number, entry in enumerate(entries, 1):
            findings = explain(arguments.program, entry["text"])
            said = ids(findings)
            good = {entry["verdict"], *entry.get("accepted", [])}
            n += 1
            strict += said[0] == entry["verdict"]
            second += bool(good & set(said[:2]))
            if said[0] in good:
                first += 1
                compare_details(entry, findings[0], details)
                continue
            confusions[entry["verdict"], said[0]] += 1
            if arguments.verbose:
                print(f"{path}:{number}: {entry['verdict']}, not {' '.join(said[:3])}")
                print("    " + entry["text"].replace("\n", "\n    "))
    if n == 0:
        sys.exit("score: no texts")
    print(f"{n} texts: top-1 {100 * first / n:.1f} % ({first}), "
          f"top-2 {100 * second / n:.1f} % ({second}), "
          f"top-1 without accepted ids {100 * strict / n:.1f} %")
    for name, hits in sorted(details.items()):
        print(f"  {name}: {sum(hits)} of {len(hits)} where the label names one")
    for (wanted, got), count in confusions.most_common():
        print(f"  {count} x {wanted} answered as {got}")
    whole = all(all(hits) for hits in details.values())
    return 1 if 100 * first / n < arguments.least or (arguments.details and not whole) else 0


if __name__ == "__main__":
    sys.exit(main())
