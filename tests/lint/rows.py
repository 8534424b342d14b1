#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every row of tests/cases/rows.txt is covered by cases that exist and fit it, or says why not."""

import re
import sys

sys.dont_write_bytecode = True
import tree  # noqa: E402

INDEX = "tests/cases/rows.txt"
ERRNOS = re.compile(r"any|none|E[A-Z0-9]+( E[A-Z0-9]+)*")


def stanzas(source, pattern, first):
    """{name: fields} of the stanzas that begin with the field FIRST."""
    found = {}
    for path in source.matching(pattern):
        for stanza in re.split(r"\n\s*\n", source.text(path)):
            fields = dict(re.findall(r"(?m)^([A-Z][A-Za-z-]*):[ \t]*(.*)$", stanza))
            if first in fields:
                found[fields[first]] = fields
    return found


def misfit(case, step, errnos, cases, rules):
    """Why a case does not cover a step and one of the errnos; None when it does."""
    if case not in cases:
        return "there is no such case"
    rule = rules.get(cases[case].get("Expect-Rule"), {})
    if step not in (rule.get("Step"), cases[case].get("Step")):
        return f"it is about {rule.get('Step')}"
    answers = set(re.split(r",\s*", rule.get("Errno", "")))
    if "any" not in answers and errnos != ["any"] and not answers & set(errnos):
        return f"its rule is about {rule.get('Errno')}"
    return None


def check_row(fields, steps, cases, rules):
    """What is wrong with one row."""
    _, step, errnos, cause, covered = fields
    said = [f"unknown step {step}"] if step != "-" and step not in steps else []
    if not ERRNOS.fullmatch(errnos):
        said.append(f"not errnos, \"any\" or \"none\": {errnos}")
    if not cause:
        said.append("no cause")
    if covered.startswith("unreached:"):
        if len(covered.split()) < 4:
            said.append("\"unreached\" needs a reason")
    elif not covered or step == "-" or errnos == "none":
        said.append("neither a case nor \"unreached: why\"")
    else:
        for case in covered.split():
            why = misfit(case, step, errnos.split(), cases, rules)
            said += [f"{case}: {why}"] if why else []
    return said


def follows(row, last):
    """Whether a row's number is the next one of its section, or the first of a new one."""
    (section, number), (last_section, last_number) = row, last
    return number == 1 if section != last_section else number in (last_number, last_number + 1)


def check(source):
    """Complaints about the rows, one after another."""
    if INDEX not in source.paths:
        return [f"{INDEX}:1: not there"]
    cases = stanzas(source, r"^tests/cases/.*\.case$", "Case")
    rules = stanzas(source, r"^src/rules/.*\.rules$", "Id")
    steps = set(re.findall(r'(?m)^STEP\(\w+, "([^"]+)"', source.text("src/model/step.def")))
    said, last, seen = [], ("", 0), set()
    for number, line in enumerate(source.text(INDEX).split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{INDEX}:{number}:"
        fields = [field.strip() for field in line.split("|")]
        row = re.fullmatch(r"([BC]\d+)\.(\d+)|(E)(\d+)", fields[0])
        if len(fields) != 5 or not row:
            said.append(f"{where} not \"row | step | errnos | cause | cases\"")
            continue
        here = (row[1] or row[3], int(row[2] or row[4]))
        if not follows(here, last):
            said.append(f"{where} {fields[0]} does not follow the row before it")
        if (here, fields[1]) in seen:
            said.append(f"{where} {fields[0]} stands twice for {fields[1]}")
        seen.add((here, fields[1]))
        last = here
        said += [f"{where} {what}" for what in check_row(fields, steps, cases, rules)]
    return said


STEPS = 'STEP(A, "group.open", FD)\nSTEP(B, "sysfs.bind", KNOB)\n'
RULES = ("Id: r-held\nStep: group.open\nErrno: EBUSY, EAGAIN\n\nId: r-any\nStep: group.open\n"
         "Errno: any\n")
CASES = ("Case: held\nStep: group.open\nErrno: EBUSY\nExpect-Rule: r-held\n\n"
         "Case: other\nStep: group.open\nErrno: EPROTO\nExpect-Rule: r-any\n")
BAD = {
    "src/model/step.def": STEPS, "src/rules/a.rules": RULES, "tests/cases/a.case": CASES,
    INDEX: "B1.2 | group.open | EBUSY | held | held\n"
           "B1.3 | group.opne | EBUSY | held | unreached: a trial opens none\n"
           "B1.4 | group.open | EPERM | held | held gone\n"
           "B1.5 | sysfs.bind | EBUSY | | held\n"
           "B1.5 | sysfs.bind | BUSY | held | unreached: x\n"
           "B1.6 | group.open | none | held | held\n"
           "B1.7 | group.open | EBUSY | held |\n"
           "B1.8 | group.open | EBUSY | held\n"
           "D1.1 | group.open | EBUSY | held | held\n",
}
WANTED = [f"{INDEX}:1: B1.2 does not follow", f"{INDEX}:2: unknown step",
          f"{INDEX}:3: held: its rule is about EBUSY", f"{INDEX}:3: gone: there is no",
          f"{INDEX}:4: no cause", f"{INDEX}:4: held: it is about group.open",
          f"{INDEX}:5: B1.5 stands twice", f"{INDEX}:5: not errnos", f"{INDEX}:5: \"unreached\"",
          f"{INDEX}:6: neither a case", f"{INDEX}:7: neither a case", f"{INDEX}:8: not \"row",
          f"{INDEX}:9: not \"row"]
GOOD = {
    "src/model/step.def": STEPS, "src/rules/a.rules": RULES, "tests/cases/a.case": CASES,
    INDEX: "# rows\n\nB1.1 | group.open | EBUSY EPERM | held | held other\n"
           "B2.1 | group.open | any | all | held other\n"
           "C1.1 | group.open | EBUSY | held | held\n"
           "E1 | - | none | nothing | unreached: a trial does not ask\n"
           "E2 | group.open | EAGAIN | a lock | held\n"
           "E2 | sysfs.bind | EBUSY | a lock | unreached: a trial waits for it\n",
}

if __name__ == "__main__":
    sys.exit(tree.main(check, BAD, WANTED, GOOD))
