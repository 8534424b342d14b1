# SPDX-License-Identifier: LGPL-2.1-or-later
"""Change what a guest's own DSDT says about its PCI host bridges.

Encoding: ACPI specification, chapter 20. _DSM of a host bridge: PCI Firmware
specification, section 4.6.
"""
import acpi
from labcache import LabError

PCI_DSM = bytes.fromhex("d037c9e553357a4d9117ea4d19c3434d")
# QEMU's method ends with Return (Buffer {0}): it knows no function but the first.
# Return (Zero) and three times Noop are as long.
NO_ANSWER = bytes.fromhex("a411030100")
ZERO = bytes.fromhex("a400a3a3a3")


def patch(table, directives):
    """The changed table. Directives, one per Dsdt: line of a machine:

    keep-pci         firmware's setup of the PCI buses must be kept (_DSM function 5 is 0)
    """
    table = bytearray(table)
    if table[:4] != b"DSDT":
        raise LabError("that is no DSDT table")
    for line in directives:
        if line != "keep-pci":
            raise LabError(f"unknown Dsdt: directive {line}")
        at = table.find(PCI_DSM)
        if at < 0:
            raise LabError("the guest's DSDT table has no _DSM of a PCI host bridge")
        while at >= 0:
            end = table.find(NO_ANSWER, at)
            if end < 0:
                raise LabError("the _DSM of the guest's DSDT table is not QEMU's")
            table[end:end + len(ZERO)] = ZERO
            at = table.find(PCI_DSM, end)
    return acpi.finish(table)
