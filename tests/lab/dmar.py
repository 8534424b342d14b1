# SPDX-License-Identifier: LGPL-2.1-or-later
"""Change a guest's own DMAR table, as firmware of another kind would have written it.

Layout: Intel VT-d specification, chapter 8.
"""
import struct

import acpi
from labcache import LabError

HEADER = 48         # ACPI header (36), address width, flags, 10 reserved
DRHD, RMRR = 0, 1
INCLUDE_ALL = 1
SCOPE_ENDPOINT, SCOPE_BRIDGE, SCOPE_IOAPIC = 1, 2, 3


def _scope(kind, path):
    """A device scope entry; path: [(device, function), ...] from bus 0 downwards."""
    body = b"".join(bytes(p) for p in path)
    return struct.pack("<BBBBBB", kind, 6 + len(body), 0, 0, 0, 0) + body


def _path(text):
    """07.0/01.0 -> [(7, 0), (1, 0)]: slot.function, below a bridge after a slash."""
    out = []
    for hop in text.split("/"):
        slot, _, func = hop.partition(".")
        out.append((int(slot, 16), int(func, 16)))
    return out


def _structures(table):
    at = HEADER
    while at < len(table):
        kind, size = struct.unpack_from("<HH", table, at)
        if size < 4 or at + size > len(table):
            raise LabError("the guest's DMAR table is damaged")
        yield kind, table[at:at + size]
        at += size


def _scopes(unit):
    """The device scope entries of a DRHD, each with its type."""
    at = 16
    while at + 6 <= len(unit):
        kind, size = unit[at], unit[at + 1]
        if size < 6 or at + size > len(unit):
            raise LabError("a device scope of the guest's DMAR table is damaged")
        yield kind, unit[at:at + size]
        at += size


def _explicit(unit, scopes):
    """DRHD without INCLUDE_PCI_ALL: the IOAPIC's and timers' scopes it has, and these."""
    fixed = bytearray(unit[:16])
    fixed[4] &= ~INCLUDE_ALL & 0xFF
    keep = [raw for kind, raw in _scopes(unit) if kind >= SCOPE_IOAPIC]
    body = b"".join(keep + scopes)
    struct.pack_into("<H", fixed, 2, 16 + len(body))
    return bytes(fixed) + body


def patch(table, directives):
    """The changed table. Directives, one per Dmar: line of a machine:

    rmrr PATH        firmware reserved memory for this device
    cover PATH...    this unit covers only these endpoints (a trailing + for a bridge and
                     all below it), not everything
    flags 0xNN       the table's own flags (bit 0: interrupt remapping)
    """
    table = bytearray(table)
    if table[:4] != b"DMAR":
        raise LabError("that is no DMAR table")
    rmrrs, cover = [], None
    for line in directives:
        word, *args = line.split()
        if word == "rmrr":
            scope = _scope(SCOPE_ENDPOINT, _path(args[0]))
            rmrrs.append(struct.pack("<HHHHQQ", RMRR, 24 + len(scope), 0, 0,
                                     *acpi.RESERVED) + scope)
        elif word == "cover":
            cover = [_scope(SCOPE_BRIDGE if a.endswith("+") else SCOPE_ENDPOINT,
                            _path(a.rstrip("+"))) for a in args]
        elif word == "flags":
            table[37] = int(args[0], 16)
        else:
            raise LabError(f"unknown Dmar: directive {word}")
    body = b""
    for kind, unit in _structures(bytes(table)):
        if kind == DRHD and cover is not None:
            unit = _explicit(unit, cover)
        body += bytes(unit)
    return acpi.finish(bytes(table[:HEADER]) + body + b"".join(rmrrs))
