# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every changed ACPI table needs: length, revision, checksum, and memory to name."""
import struct

# Firmware code below 1 MB: reserved in the memory map, so the kernel believes the table.
RESERVED = (0xF0000, 0xF0FFF)


def finish(table):
    """TABLE with a header that fits it. The kernel takes it in place of the firmware's
    when its OEM revision is higher (CONFIG_ACPI_TABLE_UPGRADE)."""
    out = bytearray(table)
    struct.pack_into("<I", out, 4, len(out))
    struct.pack_into("<I", out, 24, struct.unpack_from("<I", out, 24)[0] + 1)
    out[9] = 0
    out[9] = -sum(out) & 0xFF
    return bytes(out)
