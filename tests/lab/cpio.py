# SPDX-License-Identifier: LGPL-2.1-or-later
"""Archives in cpio's newc format, as the kernel takes them for its first root."""
import os


class Archive:
    """Collects members; folders above a member come by themselves."""

    def __init__(self):
        self.parts = []
        self.known = set()
        self.inode = 1

    def _add(self, name, mode, data=b""):
        raw = name.encode() + b"\0"
        head = "070701" + "".join(f"{x:08x}" for x in (
            self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0))
        self.inode += 1
        blob = head.encode() + raw
        blob += b"\0" * (-len(blob) % 4)
        self.parts += [blob, data, b"\0" * (-len(data) % 4)]

    def folder(self, name, mode=0o755):
        """A folder and those above it; a second time is no error."""
        name = name.strip("/")
        if not name or name in self.known:
            return
        self.folder(os.path.dirname(name))
        self.known.add(name)
        self._add(name, 0o040000 | mode)

    def data(self, name, content, mode=0o644):
        """A regular file with this content (bytes or text)."""
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self.known.add(name)
        self._add(name, 0o100000 | mode,
                  content.encode() if isinstance(content, str) else content)

    def link(self, name, target):
        """A symbolic link."""
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self.known.add(name)
        self._add(name, 0o120777, target.encode())

    def file(self, name, source, mode=None):
        """The file SOURCE of the host."""
        with open(source, "rb") as f:
            content = f.read()
        if mode is None:
            mode = 0o755 if os.access(source, os.X_OK) else 0o644
        self.data(name, content, mode)

    def finish(self):
        """The archive's bytes, padded so that another one can follow."""
        self._add("TRAILER!!!", 0)
        out = b"".join(self.parts)
        return out + b"\0" * (-len(out) % 512)
