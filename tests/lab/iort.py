# SPDX-License-Identifier: LGPL-2.1-or-later
"""Change a guest's own IORT table, as firmware of another kind would have written it.

Layout: Arm DEN 0049, IO Remapping Table, revision E.d.
"""
import struct

import acpi
from labcache import LabError

HEADER = 48         # ACPI header (36), number of nodes, offset of the first, 4 reserved
SMMU_V3, RMR = 4, 6
NODE = 16           # type, length, revision, identifier, mappings and their offset
# The first table revision, and the node's, that the kernel reads memory ranges from
REVISION, RMR_REVISION = 5, 3
SINGLE = 1          # a mapping without an input range
# In virt's second flash bank: no memory of the guest's, aligned to the 64 KB it must be
RANGE = (0x04000000, 0x10000)


def _nodes(table):
    """(offset, type) of each node."""
    count, at = struct.unpack_from("<II", table, 36)
    for _ in range(count):
        kind, size = struct.unpack_from("<BH", table, at)
        if size < NODE or at + size > len(table):
            raise LabError("the guest's IORT table is damaged")
        yield at, kind
        at += size


def _memory_range(smmu, stream, identifier):
    """An RMR node: memory that this stream of the SMMU needs mapped one to one."""
    fixed = NODE + 12
    descriptor = struct.pack("<QQI", *RANGE, 0)
    mapping = struct.pack("<IIIII", 0, 0, stream, smmu, SINGLE)
    size = fixed + len(descriptor) + len(mapping)
    return (struct.pack("<BHBIII", RMR, size, RMR_REVISION, identifier, 1,
                        fixed + len(descriptor))
            + struct.pack("<III", 0, 1, fixed) + descriptor + mapping)


def patch(table, directives):
    """The changed table. Directives, one per Iort: line of a machine:

    rmr SLOT.FUNC    memory that firmware wants mapped one to one for this device of bus 0
    """
    table = bytearray(table)
    if table[:4] != b"IORT":
        raise LabError("that is no IORT table")
    smmu = next((at for at, kind in _nodes(table) if kind == SMMU_V3), None)
    if smmu is None:
        raise LabError("the guest's IORT table has no SMMUv3")
    for line in directives:
        word, *args = line.split()
        if word != "rmr":
            raise LabError(f"unknown Iort: directive {word}")
        slot, _, func = args[0].partition(".")
        count = struct.unpack_from("<I", table, 36)[0]
        table += _memory_range(smmu, int(slot, 16) << 3 | int(func, 16), count)
        struct.pack_into("<I", table, 36, count + 1)
    table[8] = max(table[8], REVISION)
    return acpi.finish(table)
