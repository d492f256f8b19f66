"""Write a pack: a zip that is the same for the same files, with a manifest of them and a seal at its end.

The seal stands where a zip has its comment. It signs the manifest, and every byte that stands before the seal, so that no
header of the zip can say something else than was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from .keys import Signer
from .verify import CHUNK, SEAL, canonical, digest

DATE = (1980, 1, 1, 0, 0, 0)
"""Of all files: a pack does not tell when it was written."""
READABLE = 0o644 << 16


class Container:
    """A pack that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        """Begin, in an empty file that can be read too."""
        self._file = file
        self._zip = ZipFile(file, "w", ZIP_DEFLATED)
        self._files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, content: bytes | Iterable[bytes]) -> None:
        """Add a file, in one piece or as it comes."""
        found, size, lines = hashlib.sha256(), 0, 0
        with self._zip.open(_info(name), "w", force_zip64=True) as target:
            for data in [content] if isinstance(content, bytes) else content:
                target.write(data)
                found.update(data)
                size += len(data)
                lines += data.count(b"\n")
        self._files[name] = {"sha256": found.hexdigest(), "size": size, "lines": lines}

    def add_file(self, name: str, file: IO[bytes]) -> None:
        """Add what a file holds."""
        self.add(name, iter(lambda: file.read(CHUNK), b""))

    def seal(self, facts: dict[str, Any], signer: Signer) -> None:
        """Add the manifest, and sign everything."""
        manifest = canonical({**facts, "files": self._files})
        self._zip.writestr(_info("manifest.json"), manifest)
        self._zip.comment = b" " * SEAL
        self._zip.close()
        length = self._file.seek(-SEAL, 2)
        self._file.seek(0)
        told = {"kind": "pack", "manifest": hashlib.sha256(manifest).hexdigest(), "pack": digest(self._file, length)}
        self._file.write(canonical(signer.state(told)))


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, DATE)
    info.compress_type, info.external_attr, info.create_system = ZIP_DEFLATED, READABLE, 3
    return info
