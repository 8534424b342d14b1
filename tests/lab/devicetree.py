# SPDX-License-Identifier: LGPL-2.1-or-later
"""Change a guest's own device tree, as a boot loader of another kind would have passed it.

Format: Devicetree Specification, chapter 5.
"""
import os
import struct

from labcache import LabError, command

MAGIC = 0xD00DFEED


def _rename(tree, old, new):
    """The property OLD is called NEW, as long, in all nodes: nobody looks for that name."""
    strings, size = struct.unpack_from(">I", tree, 12)[0], struct.unpack_from(">I", tree, 32)[0]
    block = bytes(tree[strings:strings + size])
    if b"\0" + old + b"\0" not in b"\0" + block or len(old) != len(new):
        raise LabError(f"the guest's device tree has no property {old.decode()}")
    at = strings + (b"\0" + block).find(b"\0" + old + b"\0")
    tree[at:at + len(old)] = new


def _packed(tree):
    """TREE without the room that QEMU leaves at its end: it doubles what it is given, and
    Linux takes no tree over 2 MB."""
    magic, _, structure, strings = struct.unpack_from(">IIII", tree)
    if magic != MAGIC:
        raise LabError("that is no device tree")
    size_strings, size_structure = struct.unpack_from(">II", tree, 32)
    tree = tree[:max(structure + size_structure, strings + size_strings)]
    struct.pack_into(">I", tree, 4, len(tree))
    return tree


def patch(tree, directives):
    """The changed tree. Directives, one per Tree: line of a machine:

    not-coherent     no device, and no SMMU, is coherent with the processors' caches
    """
    tree = _packed(bytearray(tree))
    for line in directives:
        if line != "not-coherent":
            raise LabError(f"unknown Tree: directive {line}")
        _rename(tree, b"dma-coherent", b"not-coherent")
    return bytes(tree)


def arguments(qemu, tmp, directives):
    """The words that give the guest of the command line QEMU its changed tree, kept in TMP."""
    if not directives:
        return []
    own, changed = os.path.join(tmp, "own.dtb"), os.path.join(tmp, "changed.dtb")
    command([*qemu, "-machine", f"dumpdtb={own}"])
    with open(own, "rb") as f:
        tree = patch(f.read(), directives)
    with open(changed, "wb") as f:
        f.write(tree)
    return ["-dtb", changed]
