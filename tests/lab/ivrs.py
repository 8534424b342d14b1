# SPDX-License-Identifier: LGPL-2.1-or-later
"""Change a guest's own IVRS table, as firmware of another kind would have written it.

Layout: AMD I/O Virtualization Technology (IOMMU) Specification, section 5.2.
"""
import struct

import acpi
from labcache import LabError

IVMD_ONE = 0x21     # memory for one device
UNITY, READ, WRITE = 1, 2, 4


def patch(table, directives):
    """The changed table. Directives, one per Ivrs: line of a machine:

    unity SLOT.FUNC  memory that firmware wants mapped one to one for this device of bus 0
    """
    if table[:4] != b"IVRS":
        raise LabError("that is no IVRS table")
    blocks = b""
    for line in directives:
        word, *args = line.split()
        if word != "unity":
            raise LabError(f"unknown Ivrs: directive {word}")
        slot, _, func = args[0].partition(".")
        first, last = acpi.RESERVED
        blocks += struct.pack("<BBHHHQQQ", IVMD_ONE, UNITY | READ | WRITE, 32,
                              int(slot, 16) << 3 | int(func, 16), 0, 0, first,
                              last - first + 1)
    return acpi.finish(bytes(table) + blocks)
