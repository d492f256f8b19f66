"""Files on their way between two vendors: on disk, one batch at a time, each downloaded once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..connector import Connector
from ..errors import UserError
from ..model import Document


class Spool:
    """A folder of downloaded files that lives as long as a batch."""

    def __init__(self) -> None:
        """Make a spool without a folder yet."""
        self._folder: Path | None = None
        self._known: dict[tuple[str, str], tuple[Path, str]] = {}

    @contextmanager
    def batch(self) -> Generator[Spool]:
        """Keep files until the batch is done.

        Raises:
            UserError: there is no place for temporary files, or no room.
        """
        with _kept():
            self._folder = Path(tempfile.mkdtemp(prefix="isthmus-"))
        try:
            yield self
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
            self._known.clear()

    @contextmanager
    def fetch(self, connector: Connector, connection: str, file: Document) -> Generator[BinaryIO]:
        """Give a file's bytes, downloaded at the first asking."""
        path, _ = self._get(connector, connection, file)
        with path.open("rb") as opened:
            yield opened

    def digest(self, connector: Connector, connection: str, file: Document) -> str:
        """Give the SHA-256 of a file's bytes."""
        return self._get(connector, connection, file)[1]

    def _get(self, connector: Connector, connection: str, file: Document) -> tuple[Path, str]:
        key = (connection, str(file["id"]))
        if key not in self._known:
            if self._folder is None:
                raise RuntimeError("files are fetched within a batch")
            path = self._folder / str(len(self._known))
            with _kept(), path.open("w+b") as target:
                digest = connector.download(file, target)
            self._known[key] = (path, digest)
        return self._known[key]


@contextmanager
def _kept() -> Generator[None]:
    try:
        yield
    except OSError as error:  # connectors turn those of the network into their own
        reason = error.strerror or type(error).__name__
        raise UserError(
            f"a file on its way cannot be kept in the folder for temporary files: {reason}; TMPDIR names another"
        ) from error
