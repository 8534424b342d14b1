# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compare what a guest left with what its scenario requires. Pure: no guest, no files."""
import json
import re

# Kernel lines that no scenario may leave behind, unless its Log-Allow names them.
BAD_LOG = re.compile(
    r"WARNING: |BUG: |\bBUG\b|Oops|Kernel panic|general protection fault|Call Trace|"
    r"DMAR: .*[Ff]ault|\[(DMA|INTR).* [Ff]ault|AMD-Vi: .*(FAULT|[Ff]ault)|"
    r"use-after-free|refcount_t|hung_task|blocked for more than|"
    r"nvme .*(timeout|controller is down)|NETDEV WATCHDOG|Hardware Unit Hang")
DEVICE_KEYS = {"address", "iommu_group", "driver", "outcome", "verdict", "confidence",
               "path", "step", "errno", "summary", "explanation", "fix", "evidence",
               "alternatives", "warnings", "in_use", "attempts", "restored"}
JSON_OF = {"Outcome": "outcome", "Verdict": "verdict", "Step": "step", "Errno": "errno",
           "Restored": "restored", "Confidence": "confidence", "Path": "path"}


def _text(value):
    """A JSON value as scenario files spell it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _ids(entries, key="verdict"):
    return [e.get(key) for e in entries or [] if isinstance(e, dict)]


def _json_device(address, keys, got, bad):
    """One Device block against its JSON object."""
    missing = sorted(DEVICE_KEYS - got.keys())
    if missing:
        bad(f"{address}: the JSON lacks {', '.join(missing)}")
    for key, name in JSON_OF.items():
        if key in keys and _text(got.get(name)) != keys[key]:
            bad(f"{address}: {key} expected {keys[key]}, got {_text(got.get(name))}")
    everything = json.dumps({k: got.get(k) for k in ("evidence", "summary", "explanation",
                                                     "in_use", "attempts", "warnings",
                                                     "alternatives")}, ensure_ascii=False)
    for want in keys.get("Evidence-Contains", []):
        if want not in everything:
            bad(f"{address}: no evidence contains {want!r}")
    for want in keys.get("Fix-Contains", []):
        if want not in json.dumps(got.get("fix"), ensure_ascii=False):
            bad(f"{address}: no fix contains {want!r}")
    for want in keys.get("Warning", []):
        if want == "none" and got.get("warnings"):
            bad(f"{address}: warnings expected none, got {_ids(got['warnings'])}")
        if want != "none" and want not in _ids(got.get("warnings")):
            bad(f"{address}: no warning {want}, got {_ids(got.get('warnings'))}")
    for want in keys.get("Alternatives", []):
        for verdict in want.split():
            if verdict not in _ids(got.get("alternatives")):
                bad(f"{address}: no alternative {verdict}, got "
                    f"{_ids(got.get('alternatives'))}")
    if "In-Use" in keys:
        ids = sorted(set(_ids(got.get("in_use"), "id")))
        want = [] if keys["In-Use"] == "none" else sorted(keys["In-Use"].split())
        if ids != want:
            bad(f"{address}: In-Use expected {' '.join(want) or 'none'}, got "
                f"{' '.join(map(str, ids)) or 'none'}")


def _json(devices, head, stdout, bad):
    """The whole document."""
    if not devices:
        if stdout.strip():
            bad("standard output should be empty")
        return
    try:
        doc = json.loads(stdout)
    except ValueError as e:
        bad(f"standard output is no JSON document: {e}")
        return
    if not isinstance(doc, dict) or not isinstance(doc.get("devices"), list):
        bad("the JSON document has no devices")
        return
    if doc.get("format") != 1:
        bad(f"format expected 1, got {_text(doc.get('format'))}")
    if "together" not in doc or not doc.get("kernel"):
        bad("the JSON document lacks together or kernel")
    found = {d.get("address"): d for d in doc["devices"] if isinstance(d, dict)}
    for address, keys in devices:
        if address not in found:
            bad(f"{address}: not in the JSON document")
            continue
        _json_device(address, keys, found[address], bad)
    for want in head.get("Json-Contains", []):
        if want not in stdout:
            bad(f"the JSON document does not contain {want!r}")


def _state(devices, files, bad):
    """Drivers and overrides as the guest read them back."""
    for address, keys in devices:
        for key, name in (("Driver-After", "driver"), ("Override-After", "override")):
            got = files.get(f"{name}.{address}", "").strip()
            if got != keys[key]:
                bad(f"{address}: {key} expected {keys[key]}, got {got or 'nothing'}")


def bad_log_lines(dmesg, allow):
    """The forbidden lines of a kernel log, without those that ALLOW (a regex) names."""
    lines = [re.sub(r"^<\d+>", "", x) for x in dmesg.splitlines()]
    return [x for x in lines if BAD_LOG.search(x) and not (allow and re.search(allow, x))]


def problems(head, devices, files):
    """Everything that differs, one line each; empty when the scenario passed.

    head, devices: Scenario.expected(); files: {name: text} from the guest.
    """
    out = []
    bad = out.append
    if not files:
        return ["the guest left no result"]
    for kind in ("setup", "check", "cleanup"):
        rc = files.get(f"{kind}.rc", "").strip()
        if rc != "0":
            log = " | ".join(files.get(f"{kind}.log", "").strip().splitlines()[-3:])
            bad(f"{kind} failed with {rc or 'nothing'}: {log}")
    if "hits" in files and files["hits"].strip() == "0":
        bad("the forced errno was never answered: its function was not called")
    got = files.get("exit", "").strip()
    if got != head["Exit"]:
        tail = " | ".join((files.get("stderr", "") + files.get("stdout", "")
                           if "Script" in head else files.get("stderr", "")
                           ).strip().splitlines()[-3:])
        bad(f"Exit expected {head['Exit']}, got {got or 'nothing'}"
            + (f" ({tail})" if tail else ""))
    if "Script" not in head:
        _json(devices, head, files.get("stdout", ""), bad)
    for want in head.get("Stderr-Contains", []):
        if want not in files.get("stderr", ""):
            bad(f"standard error does not contain {want!r}")
    _state(devices, files, bad)
    records = files.get("records", "").split()
    want = head.get("Record-After", "no")
    if want == "no" and records:
        bad(f"undo records left: {' '.join(records)}")
    if want == "yes" and not records:
        bad("no undo record left")
    for line in files.get("health", "").strip().splitlines():
        bad(f"health: {line}")
    for line in files.get("pristine", "").strip().splitlines():
        bad(f"afterwards: {line}")
    for line in bad_log_lines(files.get("dmesg", ""), head.get("Log-Allow")):
        bad(f"kernel log: {line.strip()}")
    return out
