# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does the comparison notice every kind of difference? Canned results, no guest."""
import copy
import json
import pathlib
import tempfile

import compare
from labcache import LabError
from scenario import Scenario

TEXT = """Title: self test
Machine: vtd
Kernels: 6.1 7.3
Run: check --trial --json 0000:00:03.0
Exit: 1
Device: 0000:00:03.0
Outcome: fail
Verdict: firmware-reserved-memory
Confidence: certain
Path: type1
Step: group.set_container
Errno: EINVAL
Errno@6.1: EPERM
Restored: true
Driver-After: e1000e
Override-After: null
Evidence-Contains: direct
Alternatives: device-cannot-attach
Warning: reset-unsupported
In-Use: net-up
"""
DEVICE = {
    "address": "0000:00:03.0", "iommu_group": 1, "driver": "e1000e", "outcome": "fail",
    "verdict": "firmware-reserved-memory", "confidence": "certain", "path": "type1",
    "step": "group.set_container", "errno": "EPERM", "summary": "s", "explanation": "e",
    "fix": ["f"], "evidence": [{"source": "sysfs", "where": "w", "value": "direct"}],
    "alternatives": [{"verdict": "device-cannot-attach", "confidence": "possible",
                      "why": ""}],
    "warnings": [{"verdict": "reset-unsupported", "why": ""}],
    "in_use": [{"id": "net-up", "what": "eth0", "evidence": ""}], "attempts": [],
    "restored": True,
}
FILES = {
    "setup.rc": "0\n", "check.rc": "0\n", "cleanup.rc": "0\n", "exit": "1\n",
    "stderr": "",
    "driver.0000:00:03.0": "e1000e\n", "override.0000:00:03.0": "null\n", "records": "",
    "hits": "1\n", "health": "", "pristine": "",
    "dmesg": "<12>[ 1.0] lab: begin 000\n<6>[ 1.2] e1000e: NIC Link is Up\n",
}
BAD_LINES = [
    "WARNING: CPU: 0 PID: 77 at drivers/iommu/x.c:5",
    "BUG: unable to handle page fault",
    "Oops: 0000 [#1]",
    "DMAR: [DMA Read NO_PASID] Request device [00:03.0] fault addr 0x0 [fault reason 0x06]",
    "DMAR: DRHD: handling fault status reg 2",
    "AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0]",
]


def _files(device=None, doc=None, **change):
    files = dict(FILES)
    document = {"format": 1, "kernel": "6.1", "devices": [device or DEVICE],
                "together": None}
    document.update(doc or {})
    files["stdout"] = json.dumps(document)
    files.update({k.replace("__", "."): v for k, v in change.items()})
    return files


def _device(**change):
    d = copy.deepcopy(DEVICE)
    d.update(change)
    return d


def _without(key):
    d = copy.deepcopy(DEVICE)
    del d[key]
    return d


def _wrong():
    """(what is wrong, files): each must be noticed."""
    yield "nothing at all", {}
    for key, value in (("outcome", "pass"), ("verdict", "assignable"), ("step", None),
                       ("errno", "EINVAL"), ("errno", None), ("restored", False),
                       ("restored", None), ("confidence", "likely"), ("path", "passive"),
                       ("evidence", []), ("alternatives", []), ("warnings", []),
                       ("in_use", []), ("address", "0000:00:04.0")):
        yield f"{key} {value}", _files(_device(**{key: value}))
    for key in sorted(compare.DEVICE_KEYS):
        yield f"no {key}", _files(_without(key))
    yield "format", _files(doc={"format": 2})
    yield "no devices", _files(doc={"devices": None})
    yield "no JSON", _files(stdout="oops")
    yield "exit", _files(exit="0\n")
    yield "no exit", _files(exit="")
    yield "driver", _files(**{"driver.0000:00:03.0": "vfio-pci\n"})
    yield "no driver file", _files(**{"driver.0000:00:03.0": ""})
    yield "override", _files(**{"override.0000:00:03.0": "vfio-pci\n"})
    yield "record left", _files(records="/run/iommu-diag/undo/0000:00:03.0\n")
    yield "health", _files(health="0000:00:03.0: no answer to ping\n")
    yield "not pristine", _files(pristine="not pristine: 0000:00:03.0 is gone\n")
    yield "setup", _files(setup__rc="1\n")
    yield "check", _files(check__rc="1\n")
    yield "cleanup", _files(cleanup__rc="")
    yield "force never hit", _files(hits="0\n")
    for line in BAD_LINES:
        yield line[:20], _files(dmesg=FILES["dmesg"] + f"<4>[ 2.0] {line}\n")


BROKEN = [(k, "".join(x for x in TEXT.splitlines(True) if not x.startswith(k + ":")))
          for k in ("Title", "Machine", "Kernels", "Run", "Exit", "Outcome",
                    "Verdict", "Step", "Errno", "Restored", "Driver-After", "Override-After",
                    "Device")]
BROKEN += [("an unknown key", TEXT + "Verdikt: x\n"),
           ("a key twice", TEXT + "Step: null\n"),
           ("an unknown kernel", TEXT.replace("6.1 7.3", "6.1 5.4")),
           ("a kernel of another architecture", TEXT.replace("6.1 7.3", "6.1 7.3-arm64")),
           ("no value", TEXT.replace("Outcome: fail", "Outcome:")),
           ("a boot that is not its own", TEXT.replace("Exit:", "Own-Boot: no\nExit:")),
           ("no --json", TEXT.replace("--json ", "")),
           ("a short address", TEXT.replace("Device: 0000:00:03.0", "Device: 00:03.0"))]


def _parse(folder, text):
    path = pathlib.Path(folder, "self-test.scenario")
    path.write_text(text, encoding="utf-8")
    return Scenario(path)


def main():
    """Run all of it; exit status 1 when the comparison is blind somewhere."""
    blind = []
    checks = 0
    with tempfile.TemporaryDirectory() as folder:
        sc = _parse(folder, TEXT)
        head, devices = sc.expected("6.1")
        good = compare.problems(head, devices, _files())
        if good:
            blind.append(f"a passing result is refused: {good}")
        newer = compare.problems(*sc.expected("7.3"), _files(_device(errno="EINVAL")))
        if newer:
            blind.append(f"Errno@6.1 leaks into 7.3: {newer}")
        allowed = dict(head, **{"Log-Allow": "at drivers/iommu/x"})
        if compare.problems(allowed, devices,
                            _files(dmesg="WARNING: at drivers/iommu/x.c\n")):
            blind.append("Log-Allow allows nothing")
        if not compare.problems(dict(head, **{"Record-After": "yes"}), devices, _files()):
            blind.append("Record-After: yes is satisfied by no record")
        for what, files in _wrong():
            checks += 1
            if not compare.problems(head, devices, files):
                blind.append(f"not noticed: {what}")
        for what, text in BROKEN:
            checks += 1
            try:
                _parse(folder, text)
                blind.append(f"a scenario with or without {what} is accepted")
            except LabError:
                pass
    for b in blind:
        print(f"FAIL {b}")
    print(f"{checks + 4 - len(blind)} passed, {len(blind)} failed, 0 skipped")
    return 1 if blind else 0
