# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scenario files: grammar in README.md. A missing or unknown key is an error."""
import pathlib
import re

from kernels import KERNELS
from labcache import LAB, LabError
from machine import Machine

HEAD_REQUIRED = ["Title", "Machine", "Kernels", "Exit"]
HEAD_ONE = HEAD_REQUIRED + ["Run", "Script", "User", "Record-After", "Log-Allow",
                            "Deadline", "Devices", "Own-Boot", "Under", "Hypervisor"]
HEAD_MANY = ["Setup", "Cleanup", "Check", "Stderr-Contains", "Json-Contains"]
RUN_REQUIRED = ["Outcome", "Verdict", "Step", "Errno", "Restored", "Driver-After",
                "Override-After"]
SCRIPT_REQUIRED = ["Driver-After", "Override-After"]
DEVICE_ONE = RUN_REQUIRED + ["Confidence", "Path", "In-Use", "Works"]
DEVICE_MANY = ["Evidence-Contains", "Warning", "Alternatives", "Fix-Contains"]
DEADLINE = 60           # seconds for one Run, unless a scenario says otherwise
ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


class Scenario:
    """One file. head and devices hold the values for one kernel after for_kernel()."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.name = self.path.stem
        self.head = []
        self.devices = []
        self.plain = False
        self._read(self.path.read_text(encoding="utf-8"))
        self._complete()

    def _read(self, text):
        block = self.head
        for n, raw in enumerate(text.splitlines(), 1):
            if not raw.strip() or raw.startswith("#"):
                continue
            key, sep, value = raw.partition(":")
            if not sep:
                self._bad(n, "not a Key: value line")
            key, value = key.strip(), value.strip()
            if key == "Device":
                if not ADDRESS.fullmatch(value):
                    self._bad(n, f"Device needs a full address, not {value!r}")
                block = []
                self.devices.append((value, block))
                continue
            name, at, only = key.partition("@")
            known = (HEAD_ONE + HEAD_MANY if block is self.head
                     else DEVICE_ONE + DEVICE_MANY)
            if name not in known:
                self._bad(n, f"unknown key {name!r}")
            if at and only not in KERNELS:
                self._bad(n, f"unknown kernel in {key!r}")
            many = name in HEAD_MANY + DEVICE_MANY
            if not many and any(k == name and o == only for k, o, _ in block):
                self._bad(n, f"{key} twice")
            if not value and name not in ("Setup", "Cleanup"):
                self._bad(n, f"{key} has no value")
            block.append((name, only, value))

    def _bad(self, n, what):
        raise LabError(f"{self.path.name}:{n}: {what}")

    def _complete(self):
        for kernel in self._kernels_or_error():
            head = self.keys(self.head, kernel)
            missing = [k for k in HEAD_REQUIRED if k not in head]
            if ("Run" in head) == ("Script" in head):
                missing.append("either Run or Script")
            need = SCRIPT_REQUIRED if "Script" in head else RUN_REQUIRED
            if not self.devices and head.get("Exit") not in ("2", "5"):
                missing.append("a Device block")
            for address, block in self.devices:
                have = self.keys(block, kernel)
                missing += [f"{k} of {address}" for k in need if k not in have]
            if missing:
                raise LabError(f"{self.path.name}: lacks {', '.join(missing)} ({kernel})")
            if not head["Exit"].isdigit():
                raise LabError(f"{self.path.name}: Exit is no number")
            self._sensible(head, kernel)

    def _sensible(self, head, kernel):
        Machine(head["Machine"]).refuse(kernel)
        for key in ("Own-Boot", "Hypervisor"):
            if head.get(key, "yes") != "yes":
                raise LabError(f"{self.path.name}: {key} is yes, or not there")
        script = head.get("Script", "").split()
        if script and not pathlib.Path(LAB, "scripts", script[0]).exists():
            raise LabError(f"{self.path.name}: no script {script[0]}")
        if self.devices and not script and "--json" not in head["Run"]:
            raise LabError(f"{self.path.name}: Run needs --json ({kernel})")

    def _kernels_or_error(self):
        for name, _, value in self.head:
            if name == "Kernels":
                bad = [k for k in value.split() if k not in KERNELS]
                if bad:
                    raise LabError(f"{self.path.name}: unknown kernel {bad[0]}")
                return value.split()
        raise LabError(f"{self.path.name}: lacks Kernels")

    @property
    def kernels(self):
        """The kernels this scenario is for."""
        return self._kernels_or_error()

    def uses_module(self, kernel):
        """Whether its script loads force_errno.ko."""
        script = self.keys(self.head, kernel).get("Script", "").split()
        text = pathlib.Path(LAB, "scripts", script[0]).read_text(
            encoding="utf-8") if script else ""
        return any(w in text for w in ("force_errno.ko", "/lab/trial.sh", "kill_words.sh"))

    @property
    def machine(self):
        """The name of its machine."""
        return next(v for k, _, v in self.head if k == "Machine")

    @property
    def own_boot(self):
        """Whether it shares its guest with no other scenario."""
        return any(k == "Own-Boot" for k, _, _ in self.head)

    @property
    def hypervisor(self):
        """Whether its guest has the disk with libvirt and QEMU."""
        return any(k == "Hypervisor" for k, _, _ in self.head)

    @staticmethod
    def keys(block, kernel):
        """{key: value, or list for repeatable keys} of a block on one kernel."""
        out, special = {}, set()
        for name, only, value in block:
            if only and only != kernel:
                continue
            if name in HEAD_MANY + DEVICE_MANY:
                out.setdefault(name, []).append(value)
            elif only:
                special.add(name)
                out[name] = value
            elif name not in special:
                out[name] = value
        return out

    def expected(self, kernel):
        """(head, [(address, keys)]) for one kernel."""
        return (self.keys(self.head, kernel),
                [(a, self.keys(b, kernel)) for a, b in self.devices])

    def files(self, kernel, where):
        """{guest path: content} of the folder WHERE that the guest's runner reads."""
        head, devices = self.expected(kernel)
        files = {
            "run": self.command(head) + "\n",
            "script": head.get("Script", "") + "\n",
            "user": head.get("User", "root") + "\n",
            "under": head.get("Under", "") + "\n",
            "deadline": f"{self.deadline(kernel)}\n",
            "devices": "".join(f"{a}\n" for a in self.addresses(devices, head)),
            "own-boot": head.get("Own-Boot", "no") + "\n",
            "idle": "".join(f"{a}\n" for a, k in devices if k.get("Works") == "no"),
        }
        for key in ("Setup", "Cleanup", "Check"):
            files[key.lower()] = "".join(f"{line}\n" for line in head.get(key, []))
        return {f"{where}/{k}": v for k, v in files.items()}

    def command(self, head):
        """The words of Run; in plain text where a person reads along."""
        run = head.get("Run", "")
        return run.replace("--json ", "") if self.plain else run

    def deadline(self, kernel):
        """Seconds that Run may take."""
        return int(self.keys(self.head, kernel).get("Deadline", DEADLINE))

    @staticmethod
    def addresses(devices, head):
        """Addresses whose state is looked at afterwards: Device blocks and Devices."""
        out = [a for a, _ in devices]
        return out + [a for a in head.get("Devices", "").split() if a not in out]


def load(names=None, folder="scenarios"):
    """The scenarios named, or all, sorted by name."""
    top = pathlib.Path(LAB, folder)
    paths = [top / f"{n}.scenario" for n in names] if names else sorted(
        top.glob("*.scenario"))
    for p in paths:
        if not p.exists():
            raise LabError(f"no scenario {p.stem}")
    return [Scenario(p) for p in paths]
